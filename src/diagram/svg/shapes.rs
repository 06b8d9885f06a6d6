//! The outline of each kind: the shape says what the colour repeats.

use crate::diagram::graph::NodeKind;
use crate::diagram::layout::Rect;
use crate::model::ComponentKind;
use std::fmt::Write;

/// Height of a cylinder's lid above its rim.
const LID: f64 = 6.0;

/// How far inside its box the side of a shape is at a height: a line must go on to it.
pub(super) fn inset(kind: NodeKind, area: &Rect, height: f64, left: bool) -> f64 {
    let NodeKind::Component(kind) = kind else {
        return 0.0;
    };
    let half = area.height / 2.0;
    let off = ((height - area.y - half).abs() / half).min(1.0);
    match kind {
        ComponentKind::Gateway => 12.0 * off,
        ComponentKind::StreamProcessor if left => 12.0 * (1.0 - off),
        ComponentKind::StreamProcessor => 12.0 * off,
        ComponentKind::Queue | ComponentKind::Topic => 8.0 * (1.0 - (1.0 - off * off).sqrt()),
        ComponentKind::ObjectStore => 7.0 * (height - area.y) / area.height,
        ComponentKind::Scheduler => half * (1.0 - (1.0 - off * off).sqrt()),
        _ => 0.0,
    }
}

/// How far below the upper side of its box (or above the lower) a shape is at a place along it.
pub(super) fn inset_along(kind: NodeKind, area: &Rect, place: f64) -> f64 {
    let NodeKind::Component(kind) = kind else {
        return 0.0;
    };
    let half = area.width / 2.0;
    let off = ((place - area.x - half).abs() / half).min(1.0);
    let to_side = half * (1.0 - off);
    let round = |radius: f64| 1.0 - (1.0 - (1.0 - to_side / radius).powi(2)).max(0.0).sqrt();
    match kind {
        ComponentKind::Database
        | ComponentKind::Cache
        | ComponentKind::Warehouse
        | ComponentKind::Search => LID * (1.0 - (1.0 - off * off).sqrt()),
        ComponentKind::Gateway if to_side < 12.0 => area.height / 2.0 * (1.0 - to_side / 12.0),
        ComponentKind::Queue | ComponentKind::Topic if to_side < 8.0 => {
            area.height / 2.0 * round(8.0)
        }
        ComponentKind::Scheduler if to_side < area.height / 2.0 => {
            area.height / 2.0 * round(area.height / 2.0)
        }
        _ => 0.0,
    }
}

/// The elements of the outline; the first fills it.
pub(super) fn outline(kind: NodeKind, area: &Rect) -> String {
    let NodeKind::Component(kind) = kind else {
        return stack(area);
    };
    match kind {
        ComponentKind::Database
        | ComponentKind::Cache
        | ComponentKind::Warehouse
        | ComponentKind::Search => store(kind, area),
        ComponentKind::Queue | ComponentKind::Topic => pipe(area),
        ComponentKind::Gateway => pointed(area, -12.0),
        ComponentKind::StreamProcessor => pointed(area, 12.0),
        ComponentKind::ObjectStore => bucket(area),
        ComponentKind::Worker | ComponentKind::Batch | ComponentKind::InitJob => {
            let (top, bottom) = (n(area.y), n(area.y + area.height));
            let (left, right) = (n(area.x + 6.0), n(area.x + area.width - 6.0));
            let bars = format!("M{left} {top}V{bottom}M{right} {top}V{bottom}");
            rectangle(area, 2.0) + &inner(&bars)
        }
        ComponentKind::Scheduler => rectangle(area, area.height / 2.0),
        ComponentKind::Service
        | ComponentKind::External
        | ComponentKind::Observability
        | ComponentKind::Coordination
        | ComponentKind::Ui => rectangle(area, 7.0),
    }
}

/// A box with another behind it: there is more in it.
fn stack(area: &Rect) -> String {
    let behind = Rect {
        x: area.x + 5.0,
        y: area.y,
        width: area.width - 5.0,
        height: area.height - 5.0,
    };
    let front = Rect {
        y: area.y + 5.0,
        x: area.x,
        ..behind
    };
    rectangle(&behind, 7.0) + &rectangle(&front, 7.0)
}

fn filled(d: &str) -> String {
    format!("<path d=\"{d}\"/>")
}

/// A line inside of an outline.
fn inner(d: &str) -> String {
    format!("<path class=\"o\" d=\"{d}\"/>")
}

fn rectangle(area: &Rect, round: f64) -> String {
    format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        n(area.x),
        n(area.y),
        n(area.width),
        n(area.height),
        n(round)
    )
}

/// An upright cylinder; with a second lid for a warehouse and a bolt for a cache.
fn store(kind: ComponentKind, area: &Rect) -> String {
    let lid = LID;
    let mut out = filled(&cylinder(area, lid));
    out.push_str(&inner(&lid_line(area, lid, area.y + lid)));
    if kind == ComponentKind::Warehouse {
        out.push_str(&inner(&lid_line(area, lid, area.y + lid + 6.0)));
    }
    if kind == ComponentKind::Cache {
        let (x, y) = (n(area.x + area.width - 15.0), n(area.y + 16.0));
        let _ = write!(
            out,
            "{}",
            inner(&format!("M{x} {y}l-5 8h4l-2 7l7 -9h-4l2 -6z"))
        );
    }
    out
}

/// A cylinder that lies: messages go in on one side and come out on the other.
fn pipe(area: &Rect) -> String {
    let cap = 8.0;
    let (left, right) = (n(area.x + cap), n(area.x + area.width - cap));
    let (top, bottom) = (n(area.y), n(area.y + area.height));
    let half = n(area.height / 2.0);
    let whole = format!(
        "M{left} {top}H{right}A{cap} {half} 0 0 1 {right} {bottom}H{left}A{cap} {half} 0 0 1 {left} {top}Z"
    );
    let end = format!("M{right} {top}A{cap} {half} 0 0 0 {right} {bottom}");
    filled(&whole) + &inner(&end)
}

/// A box with points: outwards on both sides, or (`notch` above 0) an arrow with a notch.
fn pointed(area: &Rect, notch: f64) -> String {
    let cut = notch.abs();
    let (x, right) = (area.x, area.x + area.width);
    let (top, bottom) = (n(area.y), n(area.y + area.height));
    let middle = n(area.y + area.height / 2.0);
    let (corner, point) = match notch > 0.0 {
        true => (x, x + cut),
        false => (x + cut, x),
    };
    filled(&format!(
        "M{} {top}H{}L{} {middle}L{} {bottom}H{}L{} {middle}Z",
        n(corner),
        n(right - cut),
        n(right),
        n(right - cut),
        n(corner),
        n(point)
    ))
}

fn bucket(area: &Rect) -> String {
    let cut = 7.0;
    let (x, right) = (area.x, area.x + area.width);
    let whole = format!(
        "M{} {}H{}L{} {}H{}Z",
        n(x),
        n(area.y),
        n(right),
        n(right - cut),
        n(area.y + area.height),
        n(x + cut)
    );
    let rim = format!("M{} {}H{}", n(x + 1.0), n(area.y + 6.0), n(right - 1.0));
    filled(&whole) + &inner(&rim)
}

fn cylinder(area: &Rect, lid: f64) -> String {
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    let half = n(area.width / 2.0);
    format!(
        "M{} {}A{half} {lid} 0 0 1 {} {}V{}A{half} {lid} 0 0 1 {} {}Z",
        n(area.x),
        n(area.y + lid),
        n(right),
        n(area.y + lid),
        n(bottom - lid),
        n(area.x),
        n(bottom - lid)
    )
}

fn lid_line(area: &Rect, lid: f64, at: f64) -> String {
    let half = n(area.width / 2.0);
    format!(
        "M{} {}A{half} {lid} 0 0 0 {} {}",
        n(area.x),
        n(at),
        n(area.x + area.width),
        n(at)
    )
}

/// A coordinate with at most one digit after the point.
pub(super) fn n(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    match rounded == rounded.trunc() {
        true => format!("{}", rounded as i64),
        false => format!("{rounded:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::n;

    #[test]
    fn coordinates_are_short() {
        assert_eq!([n(3.0), n(3.12), n(-0.04)], ["3", "3.1", "0"]);
    }
}
