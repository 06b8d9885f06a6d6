//! The `seaworthy` program; everything is in the library.

fn main() -> std::process::ExitCode {
    seaworthy::cli::run()
}
