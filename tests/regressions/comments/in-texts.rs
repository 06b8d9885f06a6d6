fn g() { let a = "// seaworthy: allow(outbound-call-without-timeout)"; let b = r#"é // seaworthy: allow(a)"#; } /* /* seaworthy: allow(a) */
