//! How long each stage takes by itself.
//!
//! `cargo bench --bench stages [-- NAME]`; of the example system, or of the directory that the variable
//! `SEAWORTHY_BENCH` names.

use seaworthy::catalog::Catalog;
use seaworthy::collect::{Selection, collect};
use seaworthy::config::Config;
use seaworthy::diagram::{self, Graph, SvgOptions};
use seaworthy::model::System;
use seaworthy::report::{audit_json, check_json};
use seaworthy::settle::{Terms, settle};
use seaworthy::source::Sources;
use seaworthy::{Analysis, judge, link, read};
use std::path::PathBuf;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TERMS: Terms = Terms {
    today: jiff::civil::date(2026, 1, 1),
    suppress: true,
};

fn main() {
    divan::main();
}

/// What is measured.
fn directory() -> PathBuf {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/bookstore");
    std::env::var_os("SEAWORTHY_BENCH").map_or_else(|| example.into(), PathBuf::from)
}

fn sources() -> Sources {
    let (sources, _) = collect(&directory(), &Selection::default()).expect("a directory");
    sources
}

fn catalog(sources: &Sources) -> Catalog {
    Catalog::shipped_for(sources).expect("the catalogue that is shipped")
}

fn linked(sources: &Sources, catalog: &Catalog) -> System {
    let (facts, _) = read::read_all(sources);
    link::link(sources, &facts, catalog).0
}

fn analysis() -> Analysis {
    let sources = sources();
    let catalog = catalog(&sources);
    seaworthy::analyse(sources, Vec::new(), &catalog, None).expect("workers")
}

/// Files are looked for and read.
#[divan::bench]
fn collect_files() -> usize {
    sources().iter().count()
}

/// The catalogue is read.
#[divan::bench]
fn load_catalogue(bencher: divan::Bencher<'_, '_>) {
    let sources = sources();
    bencher.bench_local(|| catalog(&sources));
}

/// Facts are taken from every file.
#[divan::bench]
fn read_facts(bencher: divan::Bencher<'_, '_>) {
    let sources = sources();
    bencher.bench_local(|| read::read_all(&sources));
}

/// Facts are joined.
#[divan::bench]
fn link_facts(bencher: divan::Bencher<'_, '_>) {
    let sources = sources();
    let catalog = catalog(&sources);
    let (facts, _) = read::read_all(&sources);
    bencher.bench_local(|| link::link(&sources, &facts, &catalog));
}

/// Verdicts are given.
#[divan::bench]
fn judge_system(bencher: divan::Bencher<'_, '_>) {
    let sources = sources();
    let catalog = catalog(&sources);
    bencher
        .with_inputs(|| linked(&sources, &catalog))
        .bench_local_values(|mut system| {
            judge::judge(&mut system, &sources, &catalog);
            system
        });
}

/// Rules, policies and suppressions.
#[divan::bench]
fn settle_findings(bencher: divan::Bencher<'_, '_>) {
    let config = Config::default();
    bencher
        .with_inputs(analysis)
        .bench_local_values(|mut analysis| settle(&mut analysis, &config, TERMS).expect("rules"));
}

/// The findings as JSON.
#[divan::bench]
fn report_check(bencher: divan::Bencher<'_, '_>) {
    let mut analysis = analysis();
    let outcome = settle(&mut analysis, &Config::default(), TERMS).expect("rules");
    bencher.bench_local(|| check_json::render(&analysis, &outcome).expect("JSON"));
}

/// The checklist as JSON.
#[divan::bench]
fn report_audit(bencher: divan::Bencher<'_, '_>) {
    let analysis = analysis();
    bencher.bench_local(|| audit_json::render(&analysis, false).expect("JSON"));
}

/// The architecture as a picture: its layout, and the SVG.
#[divan::bench]
fn draw_svg(bencher: divan::Bencher<'_, '_>) {
    let analysis = analysis();
    let options = SvgOptions::default();
    bencher.bench_local(|| {
        let graph = Graph::new(&analysis.system);
        diagram::svg(&graph, &analysis.sources, &options)
    });
}
