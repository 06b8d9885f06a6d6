//! `seaworthy schema`.

use super::{CommandError, ExitStatus, output};
use crate::config;

pub(super) fn run() -> Result<ExitStatus, CommandError> {
    output::write(&(serde_json::to_string_pretty(&config::schema())? + "\n"))?;
    Ok(ExitStatus::Clean)
}
