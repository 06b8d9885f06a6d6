//! Standard output and standard error. A reader that closes its end early is no error.

use super::CommandError;
use crate::analysis::Analysis;
use crate::escape;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Width of a report that does not go to a terminal, or to one that does not know its own.
pub(super) const PLAIN_WIDTH: u16 = 120;
/// Terminals that claim to be narrower do not know their width.
const MIN_WIDTH: u16 = 40;

/// Writes a report; styles are removed where the reader does not want them.
pub(super) fn write(text: &str) -> Result<(), CommandError> {
    let mut stdout = anstream::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| CommandError(format!("cannot write the report: {error}"))),
    }
}

/// Writes a report to a file, without styles.
pub(super) fn write_report(path: &Path, text: &str) -> Result<(), CommandError> {
    write_file(path, &anstream::adapter::strip_str(text).to_string())
}

/// Writes a report to a file: whole, or not at all.
pub(super) fn write_file(path: &Path, text: &str) -> Result<(), CommandError> {
    let shown = path.display();
    let fail = |error: std::io::Error| {
        let help = what_to_do(error.kind());
        CommandError(format!("cannot write {shown}: {error}{help}"))
    };
    // What is no regular file, such as /dev/stdout, cannot be replaced.
    if path.exists() && !path.is_file() {
        return std::fs::write(path, text).map_err(fail);
    }
    // A link stays one: what it leads to is replaced.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".seaworthy-new");
    let temporary = path.with_file_name(name);
    let written =
        write_new(&temporary, path, text).and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(fail)
}

/// Writes a file of its own beside the one that it is to replace. What a run that was ended left
/// there goes first, and a link there is not followed.
fn write_new(temporary: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    match std::fs::remove_file(temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::File::create_new(temporary)?;
    file.write_all(text.as_bytes())?;
    // Who may read the old file may read the new one.
    match std::fs::metadata(path) {
        Ok(old) => file.set_permissions(old.permissions()),
        Err(_) => Ok(()),
    }
}

fn what_to_do(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::IsADirectory => "; name a file in it",
        ErrorKind::NotFound => "; make its directory first",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; choose a place that you may write to"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "; what stood there before is still there"
        }
        _ => "",
    }
}

/// One line that says why the command could not do its work.
pub(super) fn error(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    let line = format!("{style}error{style:#}: {}\n", escape::terminal(message));
    // Where even this cannot be written, the exit status still says it.
    let _ = anstream::stderr().lock().write_all(line.as_bytes());
}

/// Whether notes are left out.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves out notes from now on.
pub(super) fn be_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// How long a stage took, on standard error.
pub(super) fn timing(what: &str, time: Duration) {
    let line = format!("{:>9.1} ms  {what}\n", time.as_secs_f64() * 1000.0);
    let _ = anstream::stderr().lock().write_all(line.as_bytes());
}

/// One line on standard error that says what was decided for the user.
pub(super) fn note(message: &str) {
    if QUIET.load(Ordering::Relaxed) {
        return;
    }
    let style = anstyle::AnsiColor::Cyan.on_default().bold();
    let line = format!("{style}note{style:#}: {}\n", escape::terminal(message));
    let _ = anstream::stderr().lock().write_all(line.as_bytes());
}

/// Problems on standard error, for formats that have no place for them.
pub(super) fn problems(analysis: &Analysis) {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    for problem in &analysis.problems {
        let text = escape::terminal(&format!(
            "{}: {}",
            analysis.sources.place(problem.span),
            problem.message
        ));
        let line = format!("{style}problem{style:#}: {text}\n");
        let _ = anstream::stderr().lock().write_all(line.as_bytes());
    }
}

/// The URL of the audited directory, where the terminal makes links of places.
pub(super) fn links(root: &Path) -> Option<String> {
    let styled = anstream::stdout().current_choice() != anstream::ColorChoice::Never;
    if !styled || !supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout) {
        return None;
    }
    let root = root.canonicalize().ok()?;
    let directory = match root.is_file() {
        true => root.parent()?,
        false => &root,
    };
    let path = escape::url_path(directory.to_str()?);
    Some(format!("file://{}/", path.trim_end_matches('/')))
}

/// How wide a report may be: the terminal's columns, or a fixed width for files and pipes.
pub(super) fn width() -> u16 {
    if !std::io::stdout().is_terminal() {
        return PLAIN_WIDTH;
    }
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let width = columns.or_else(|| comfy_table::Table::new().width());
    width
        .filter(|width| *width >= MIN_WIDTH)
        .unwrap_or(PLAIN_WIDTH)
}
