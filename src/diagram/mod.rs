//! The architecture as a picture: one emitter a format over one graph.

mod dot;
mod graph;
mod json;
pub mod layout;
mod mermaid;
mod palette;
mod svg;

pub use dot::render as dot;
pub use graph::{Edge, Graph, Group, LineStyle, Node, View};
pub use json::render as json;
pub use mermaid::render as mermaid;
pub use svg::{SvgOptions, render as svg};
