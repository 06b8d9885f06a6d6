//! The hostile set: the program itself on input that is made to knock it over. Each case ends in
//! bounded time and memory, says what was not read and where, and reads the other files.
//!
//! `cargo test --test hostile_input -- --nocapture` prints the figures of `docs/robustness.md`;
//! `SEAWORTHY_BINARY` names another build of the program.

#![expect(clippy::print_stdout, reason = "figures are shown on demand")]

mod bombs;
mod disk;
mod nesting;
mod output;
mod ran;
mod same;
mod size;
