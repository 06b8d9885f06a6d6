//! The `seaworthy` program; everything is in the library.

/// Facts are many small values: with the allocator of the system, a fifth of a run is spent in it, and
/// with musl's more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    seaworthy::cli::run()
}
