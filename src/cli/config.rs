//! `seaworthy config`.

use super::{CommandError, ExitStatus, output};
use crate::config::{Config, Setting, shown};
use crate::escape;
use clap::{Args, ValueEnum};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Directory of the system
    #[arg(default_value = ".", value_name = "PATH")]
    path: PathBuf,
    /// Configuration [default: the nearest seaworthy.yaml, from PATH up to the top of the repository]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How the settings are written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For other tools
    Json,
}

pub(super) fn run(args: &ConfigArgs) -> Result<ExitStatus, CommandError> {
    if !args.path.exists() {
        return Err(CommandError(format!(
            "{}: there is no such directory",
            args.path.display()
        )));
    }
    let config = match &args.config {
        Some(path) => Config::load_named(path, &args.path)?,
        None => Config::discover(&args.path, None)?,
    };
    let settings = shown(&config)?;
    let text = match args.format {
        Format::Table => table(&config, &settings),
        Format::Json => {
            let json = |setting: &Setting| {
                serde_json::json!({
                    "key": setting.key, "value": setting.value, "from": setting.from,
                })
            };
            let settings: Vec<_> = settings.iter().map(json).collect();
            serde_json::to_string_pretty(&settings)? + "\n"
        }
    };
    output::write(&text)?;
    Ok(ExitStatus::Clean)
}

fn table(config: &Config, settings: &[Setting]) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(output::width())
        .set_header(vec!["setting", "in force", "from"]);
    for setting in settings {
        let cells = [&setting.key, &setting.value, &setting.from];
        table.add_row(cells.map(|cell| escape::terminal(cell)));
    }
    let heading = match &config.location {
        Some(location) => format!("Configuration: {}", location.path.display()),
        None => {
            "No seaworthy.yaml: the defaults are in force. `seaworthy init` writes one.".to_owned()
        }
    };
    format!("{}\n{table}\n", escape::terminal(&heading))
}
