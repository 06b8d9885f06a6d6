//! Hashes everything that decides about an answer, so that no answer of another program is taken from
//! the cache; and writes the catalogue as JSON, which every run reads in a fraction of the time that YAML takes.

use granit_parser::{Event, Parser, ScalarStyle};
use std::error::Error;
use std::path::{Path, PathBuf};

/// Sources, rules with the catalogue, and the versions of what is built in.
const MADE_OF: [&str; 4] = ["Cargo.lock", "Cargo.toml", "rules", "src"];

/// The catalogue, as it is written.
const CATALOGUE: &str = "rules/catalog";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let mut hasher = blake3::Hasher::new();
    println!("cargo:rerun-if-changed=build.rs");
    for name in MADE_OF {
        println!("cargo:rerun-if-changed={name}");
        add(&root, Path::new(name), &mut hasher)?;
    }
    println!("cargo:rustc-env=SEAWORTHY_IDENTITY={}", hasher.finalize());
    built(&root.join(CATALOGUE), &out.join(CATALOGUE))
}

/// Writes every file of the catalogue as JSON.
fn built(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            built(&path, &target)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            let text = std::fs::read_to_string(&path)?;
            let json = as_json(&text).map_err(|error| format!("{}:{error}", path.display()))?;
            std::fs::write(target.with_extension("json"), json)?;
        }
    }
    Ok(())
}

/// YAML as JSON in which every value begins on the line where it begins in the YAML: evidence names lines of the
/// catalogue.
fn as_json(yaml: &str) -> Result<String, String> {
    let (mut json, mut lines) = (String::with_capacity(yaml.len()), 1);
    // For each open collection: whether it is a mapping, and how many nodes it has so far.
    let mut open: Vec<(bool, usize)> = Vec::new();
    for event in Parser::new_from_str(yaml) {
        let (event, span) =
            event.map_err(|error| format!("{}: {}", error.marker().line(), error.info()))?;
        let line = span.start.line();
        let ends = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        let node = matches!(
            event,
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..)
        );
        let mut is_key = false;
        if node {
            if let Some((mapping, count)) = open.last_mut() {
                is_key = *mapping && *count % 2 == 0;
                json.push_str(match (*count, *mapping && !is_key) {
                    (0, _) => "",
                    (_, true) => ":",
                    (_, false) => ",",
                });
                *count += 1;
            }
            while lines < line {
                json.push('\n');
                lines += 1;
            }
        }
        match event {
            Event::Scalar(text, style, ..) => {
                let plain = matches!(style, ScalarStyle::Plain) && !is_key;
                match plain {
                    true if text.is_empty() => json.push_str("null"),
                    true if is_literal(&text) => json.push_str(&text),
                    _ => quote(&text, &mut json),
                }
            }
            Event::SequenceStart(..) => {
                json.push('[');
                open.push((false, 0));
            }
            Event::MappingStart(..) => {
                json.push('{');
                open.push((true, 0));
            }
            Event::Alias(..) | Event::UnresolvedAlias(..) => {
                return Err(format!("{line}: the catalogue has no aliases"));
            }
            _ if ends => {
                let mapping = open.pop().is_some_and(|(mapping, _)| mapping);
                json.push(if mapping { '}' } else { ']' });
            }
            _ => {}
        }
    }
    Ok(json)
}

/// Whether a plain scalar means the same in JSON: a number, a boolean, nothing.
fn is_literal(text: &str) -> bool {
    let starts = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    let number = starts && text.parse::<f64>().is_ok();
    number || matches!(text, "true" | "false" | "null")
}

/// A JSON string (RFC 8259, section 7).
fn quote(text: &str, json: &mut String) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            c if c < ' ' => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
}

/// A file, or all files of a directory, in the order of their names.
fn add(root: &Path, name: &Path, hasher: &mut blake3::Hasher) -> std::io::Result<()> {
    let path = root.join(name);
    if path.is_dir() {
        let mut inner: Vec<_> = std::fs::read_dir(&path)?
            .map(|entry| Ok(name.join(entry?.file_name())))
            .collect::<std::io::Result<_>>()?;
        inner.sort();
        return inner.iter().try_for_each(|name| add(root, name, hasher));
    }
    // Where somebody builds without a lock file, the versions are not known and not told apart.
    let bytes = match path.exists() {
        true => std::fs::read(&path)?,
        false => Vec::new(),
    };
    for part in [name.to_string_lossy().as_bytes(), &bytes] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Ok(())
}
