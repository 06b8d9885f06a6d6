//! Colours and sizes of everything, and the heads of arrows.

use crate::diagram::drawing::{LABEL_SIZE, NAME_SIZE, SECOND_SIZE};
use crate::diagram::palette::{Class, Colours, GONE, Highlight, LINES, NEW};
use std::fmt::Write;

/// The style sheet; with what makes visible what is new and gone, where anything is marked so.
pub(super) fn style(marked: bool) -> String {
    let mut out = String::from(
        "<style>\ntext{font-family:Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif}\n",
    );
    let _ = writeln!(
        out,
        ".h{{font-size:18px;font-weight:600}}.n text{{font-size:{NAME_SIZE}px;font-weight:600;text-anchor:middle}}.n text.s{{font-size:{SECOND_SIZE}px;font-weight:400}}.n text.i{{font-style:italic}}.e text{{font-size:{LABEL_SIZE}px;text-anchor:middle}}.k text{{text-anchor:start}}.c text{{font-size:{SECOND_SIZE}px;font-weight:600}}"
    );
    out.push_str(".n path,.n rect{stroke-width:1.4}.n .o{fill:none}.e path{fill:none}.e .halo{stroke-width:5}.e .p,.e .q{stroke-width:1.5}.msg .p,.msg .q{stroke-dasharray:6 4}.dep .p,.dep .q{stroke-dasharray:2 4}.bulk .p,.bulk .q{stroke-width:3}.outside rect{stroke-dasharray:5 4}\n");
    let of = |dark: bool| match marked {
        true => colours(dark) + &highlights(dark),
        false => colours(dark),
    };
    out.push_str(&of(false));
    let _ = writeln!(out, "@media (prefers-color-scheme:dark){{\n{}}}", of(true));
    out.push_str("</style>\n");
    out
}

fn colours(dark: bool) -> String {
    let (page, ink, group, border) = match dark {
        true => ("#0f1115", "#f1f3f4", "#181b20", "#4a4f57"),
        false => ("#ffffff", "#202124", "#f8f9fa", "#c4c8cd"),
    };
    let mut out = format!(
        ".bg{{fill:{page}}}.h,.e text,.c text{{fill:{ink}}}.e .halo{{stroke:{page}}}.e .lb{{fill:{page}}}.e .gb{{fill:{group}}}.c rect{{fill:{group};stroke:{border}}}\n"
    );
    for class in Class::ALL {
        let Colours { fill, line, text } = match dark {
            true => class.dark_colours(),
            false => class.colours(),
        };
        let name = class.name();
        let _ = writeln!(
            out,
            ".{name} path,.{name} rect{{fill:{fill};stroke:{line}}}.{name} text{{fill:{text}}}"
        );
    }
    for (class, light, at_night) in LINES {
        let colour = if dark { at_night } else { light };
        let _ = writeln!(
            out,
            ".{class} .p,.{class} .q{{stroke:{colour}}}.h-{class} path{{fill:{colour}}}"
        );
    }
    out
}

/// What is new stands out, what is gone is dashed and struck through, whatever colours are seen.
fn highlights(dark: bool) -> String {
    let mut out = String::new();
    let theme = usize::from(dark);
    for Highlight { class, line, below } in [NEW, GONE] {
        let _ = writeln!(
            out,
            ".{class} .halo{{stroke:{};stroke-width:9}}.n.{class} path,.n.{class} rect{{stroke:{};stroke-width:3}}",
            below[theme], line[theme]
        );
    }
    if !dark {
        out.push_str(
            ".e.gone .p,.n.gone path,.n.gone rect{stroke-dasharray:9 4}.n.gone text,.l.gone text{text-decoration:line-through}\n",
        );
    }
    out
}

/// The heads of arrows, one for each kind of line.
pub(super) fn markers(ids: &str) -> String {
    let mut out = String::from("<defs>");
    for (class, light, _) in LINES {
        let _ = write!(
            out,
            "<marker id=\"{ids}m-{class}\" class=\"h-{class}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path fill=\"{light}\" d=\"M0 1L9 5L0 9z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    out
}
