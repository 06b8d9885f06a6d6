//! Hashes everything that decides about an answer, so that no answer of another program is taken from
//! the cache.

use std::path::{Path, PathBuf};

/// Sources, rules with the catalogue, and the versions of what is built in.
const MADE_OF: [&str; 4] = ["Cargo.lock", "Cargo.toml", "rules", "src"];

fn main() -> std::io::Result<()> {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut hasher = blake3::Hasher::new();
    println!("cargo:rerun-if-changed=build.rs");
    for name in MADE_OF {
        println!("cargo:rerun-if-changed={name}");
        add(&root, Path::new(name), &mut hasher)?;
    }
    println!("cargo:rustc-env=SEAWORTHY_IDENTITY={}", hasher.finalize());
    Ok(())
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
