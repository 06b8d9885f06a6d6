//! seaworthy reads what a system says about itself, what it does, and how it is put together, and
//! joins the three into one model of its architecture. In reading order:
//!
//! [`collect`] finds the files, [`read`] takes facts from one file at a time, [`link`] joins them
//! into a [`model::System`], [`judge`] gives verdicts with evidence, [`rules`] turns verdicts into
//! [`finding`]s, those of the user's [`policies`] among them, [`outcome`] says which of them are to be
//! reported, and [`report`] and [`diagram`] write them down. [`analyse`] is all of it up to
//! the verdicts; [`catalog`] is what is known of the world, and [`cache`] what an earlier run has found.

pub mod analysis;
pub mod baseline;
pub mod cache;
pub mod catalog;
pub mod cli;
pub mod collect;
pub mod config;
pub mod diagram;
pub mod escape;
pub mod finding;
pub mod judge;
pub mod link;
pub mod model;
pub mod outcome;
pub mod policies;
pub mod problem;
pub mod read;
pub mod report;
pub mod rules;
pub mod settle;
pub mod source;
pub mod suppress;

pub use analysis::{Analysis, analyse};
