//! The architecture as a picture: views of one graph, one layout, one emitter a format.

mod compared;
mod d2;
mod dot;
mod drawing;
mod drawio;
mod facts;
mod graph;
mod grouping;
mod html;
mod json;
pub mod layout;
mod mermaid;
mod palette;
mod plantuml;
mod structurizr;
mod svg;
mod text;
mod views;

pub use compared::{Mark, Marks};
pub use d2::render as d2;
pub use dot::render as dot;
pub use drawing::OldPlaces;
pub use drawio::render as drawio;
pub(crate) use facts::sentence;
pub use facts::{EdgeFact, EdgeKey, Facts, old_places};
pub use graph::{Edge, Graph, Group, LineStyle, Node, NodeKind};
pub use grouping::{Grouping, summary_grouping};
pub use html::{HtmlView, render as html};
pub use json::render as json;
pub use layout::Reading;
pub use mermaid::{refused as mermaid_refused, render as mermaid};
pub use plantuml::{Flavour, render as plantuml};
pub use structurizr::render as structurizr;
pub use svg::{SvgOptions, render as svg};
pub use views::{MOST_NODES, View};
