#!/usr/bin/env cargo
---
[dependencies]
---
macro_rules! é { ($($a:tt)*) => { é! { $($a)* $($a)* } }; }
é! { fn f() { é!(x) } }
fn main() { é!(); }
