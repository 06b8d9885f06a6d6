//! The command line as files: arguments, output and exit status of `tests/cmd/*.toml`.

#[test]
fn commands() {
    trycmd::TestCases::new()
        .env("SEAWORTHY_CACHE_DIR", "")
        .case("tests/cmd/*.toml");
}
