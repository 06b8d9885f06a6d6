//! One program for all targets: `SEAWORTHY_FUZZ` says which one runs. Eighteen programs would take eighteen times as long
//! to link, and say the same.

#![no_main]

#[path = "../../tests/common/drive.rs"]
mod drive;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static WAY: LazyLock<fn(&str)> = LazyLock::new(|| {
    let name = std::env::var("SEAWORTHY_FUZZ").unwrap_or_else(|_| "system".to_owned());
    let way = drive::WAYS.iter().find(|(known, _)| *known == name);
    way.unwrap_or_else(|| panic!("SEAWORTHY_FUZZ: no target is called {name}")).1
});

fuzz_target!(|text: &str| WAY(text));
