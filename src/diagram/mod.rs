//! The architecture as a picture: one emitter a format over one graph.

mod dot;
mod graph;
mod json;
mod mermaid;
mod palette;

pub use dot::render as dot;
pub use graph::{Edge, Graph, Group, LineStyle, Node};
pub use json::render as json;
pub use mermaid::render as mermaid;
