//! Colours of the pictures. They repeat what the shapes say; text on fill has a contrast of at least
//! 12 to 1, lines on fill of at least 4.5 to 1.

use super::graph::NodeKind;
use crate::model::ComponentKind;

/// The colour of a call without timeout or breaker, on a light page.
pub(super) const UNGUARDED: &str = "#b3261e";

/// How what is new or gone is made visible: a name for its class, the line around a box, and what
/// shines through below a line; each on a light and on a dark page.
pub(super) struct Highlight {
    pub(super) class: &'static str,
    pub(super) line: [&'static str; 2],
    pub(super) below: [&'static str; 2],
}

pub(super) const NEW: Highlight = Highlight {
    class: "new",
    line: ["#116329", "#56d364"],
    below: ["#aceebb", "#1a5a31"],
};

pub(super) const GONE: Highlight = Highlight {
    class: "gone",
    line: ["#a40e26", "#ff9492"],
    below: ["#ffd7d5", "#7a1f25"],
};

/// Colours of the lines by their class, light and dark.
pub(super) const LINES: [(&str, &str, &str); 6] = [
    ("sync", "#3057b0", "#8ab4f8"),
    ("open", UNGUARDED, "#f28b82"),
    ("data", "#1e7b3c", "#81c995"),
    ("msg", "#a35a00", "#fdb95a"),
    ("bulk", "#7a3fb0", "#c58af9"),
    ("dep", "#5f6368", "#bdc1c6"),
];

/// Kinds of components that look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Own programs.
    Program,
    /// Where data stays.
    Store,
    /// Where data flows.
    Stream,
    /// Where people and requests come in.
    Edge,
    /// What watches and coordinates the others.
    Watch,
    /// What belongs to somebody else.
    Outside,
}

/// Fill, line and text, each as `#rrggbb`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colours {
    pub(super) fill: &'static str,
    pub(super) line: &'static str,
    pub(super) text: &'static str,
}

impl Class {
    pub(super) const ALL: [Self; 6] = [
        Self::Program,
        Self::Store,
        Self::Stream,
        Self::Edge,
        Self::Watch,
        Self::Outside,
    ];

    pub(super) fn of(kind: NodeKind) -> Self {
        let NodeKind::Component(kind) = kind else {
            return Self::Program;
        };
        match kind {
            ComponentKind::Service
            | ComponentKind::Worker
            | ComponentKind::Batch
            | ComponentKind::Scheduler
            | ComponentKind::InitJob => Self::Program,
            ComponentKind::Database
            | ComponentKind::Cache
            | ComponentKind::Warehouse
            | ComponentKind::ObjectStore
            | ComponentKind::Search => Self::Store,
            ComponentKind::Queue | ComponentKind::Topic | ComponentKind::StreamProcessor => {
                Self::Stream
            }
            ComponentKind::Gateway | ComponentKind::Ui => Self::Edge,
            ComponentKind::Observability | ComponentKind::Coordination => Self::Watch,
            ComponentKind::External => Self::Outside,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Store => "store",
            Self::Stream => "stream",
            Self::Edge => "edge",
            Self::Watch => "watch",
            Self::Outside => "outside",
        }
    }

    pub(super) fn colours(self) -> Colours {
        let (fill, line, text) = match self {
            Self::Program => ("#e8f0fe", "#3057b0", "#10204a"),
            Self::Store => ("#e6f4ea", "#1e7b3c", "#0b2e17"),
            Self::Stream => ("#fef3e0", "#a35a00", "#3b2200"),
            Self::Edge => ("#f3e8fd", "#7a3fb0", "#2d1048"),
            Self::Watch => ("#f1f3f4", "#5f6368", "#202124"),
            Self::Outside => ("#ffffff", "#5f6368", "#202124"),
        };
        Colours { fill, line, text }
    }

    /// The colours on a dark page.
    pub(super) fn dark_colours(self) -> Colours {
        let (fill, line, text) = match self {
            Self::Program => ("#14213d", "#8ab4f8", "#e8f0fe"),
            Self::Store => ("#0f2a1a", "#81c995", "#e6f4ea"),
            Self::Stream => ("#2e1f05", "#fdb95a", "#fef3e0"),
            Self::Edge => ("#26143a", "#c58af9", "#f3e8fd"),
            Self::Watch => ("#25282c", "#bdc1c6", "#f1f3f4"),
            Self::Outside => ("#16181c", "#bdc1c6", "#f1f3f4"),
        };
        Colours { fill, line, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast (WCAG 2.2, "contrast ratio").
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |colour: &str| {
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
                if value <= 0.040_45 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        if a > b { a / b } else { b / a }
    }

    #[test]
    fn everything_can_be_read() {
        let both = |class: Class| [(class, class.colours()), (class, class.dark_colours())];
        for (class, colours) in Class::ALL.into_iter().flat_map(both) {
            let Colours { fill, line, text } = colours;
            assert!(
                contrast(text, fill) >= 12.0,
                "{class:?}: text {}",
                contrast(text, fill)
            );
            assert!(
                contrast(line, fill) >= 4.5,
                "{class:?}: line {}",
                contrast(line, fill)
            );
        }
    }

    #[test]
    fn what_is_new_or_gone_can_be_seen() {
        for highlight in [NEW, GONE] {
            for (dark, colours) in [Class::colours, Class::dark_colours].iter().enumerate() {
                for class in Class::ALL {
                    let found = contrast(highlight.line[dark], colours(class).fill);
                    assert!(
                        found >= 4.5,
                        "{} around {class:?}: {found}",
                        highlight.class
                    );
                }
                for (line, light, at_night) in LINES {
                    let colour = [light, at_night][dark];
                    let found = contrast(colour, highlight.below[dark]);
                    assert!(found >= 3.0, "{line} on {}: {found}", highlight.class);
                }
            }
        }
    }
}
