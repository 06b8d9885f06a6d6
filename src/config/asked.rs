//! What the analysis asks of a configuration; what is left is for its findings.

use super::file::CatalogFile;
use super::{Config, CriticalPaths, Spanned};
use crate::catalog::Gateway;
use crate::model::GuardDemands;
use globset::GlobSet;
use std::mem::take;

/// The part of a configuration that verdicts depend on.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) catalog: CatalogFile,
    pub(crate) critical: CriticalPaths,
    pub(crate) guards: GuardDemands,
    pub(crate) compose: Vec<Vec<String>>,
    pub(crate) gateways: Vec<Gateway>,
    pub(crate) entry_points: Vec<(GlobSet, Spanned<String>)>,
}

impl Config {
    /// Takes out what the analysis asks for. Where its answer is known already, nobody looks at it,
    /// and it is gone all the same: what follows must not depend on where the answer came from.
    pub(crate) fn take_asked(&mut self) -> Asked {
        Asked {
            catalog: take(&mut self.file.catalog),
            critical: take(&mut self.critical),
            guards: take(&mut self.guards),
            compose: take(&mut self.compose),
            gateways: take(&mut self.gateways),
            entry_points: take(&mut self.entry_points),
        }
    }
}
