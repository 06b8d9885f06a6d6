//! Lines with rounded corners, in as few letters as they need.

use super::shapes::n;

/// How round the corners of lines are.
const CORNER: f64 = 6.0;

/// A line through its corners, which are rounded: each piece from where the one before ended, in
/// tenths of a pixel, so that what is rounded does not add up.
pub(super) fn rounded(points: &[(f64, f64)]) -> String {
    let Some((first, rest)) = points.split_first() else {
        return String::new();
    };
    let mut d = format!("M{} {}", n(first.0), n(first.1));
    let mut at = tenths(*first);
    let mut before = *first;
    for (index, point) in rest.iter().enumerate() {
        let Some(next) = rest.get(index + 1) else {
            line(&mut d, &mut at, tenths(*point));
            break;
        };
        let length = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
        let radius = CORNER
            .min(length(before, *point) / 2.0)
            .min(length(*point, *next) / 2.0);
        let towards = |from: (f64, f64), to: (f64, f64)| {
            let whole = length(from, to).max(0.001);
            (
                from.0 + (to.0 - from.0) / whole * radius,
                from.1 + (to.1 - from.1) / whole * radius,
            )
        };
        let (start, end) = (towards(*point, before), towards(*point, *next));
        line(&mut d, &mut at, tenths(start));
        let (corner, end) = (tenths(*point), tenths(end));
        d.push('q');
        let steps = [corner.0 - at.0, corner.1 - at.1, end.0 - at.0, end.1 - at.1];
        d.push_str(&numbers(&steps));
        at = end;
        before = *point;
    }
    d
}

fn tenths(point: (f64, f64)) -> (i64, i64) {
    (
        (point.0 * 10.0).round() as i64,
        (point.1 * 10.0).round() as i64,
    )
}

/// A straight line to a place, with the shortest command there is.
fn line(d: &mut String, at: &mut (i64, i64), to: (i64, i64)) {
    match (to.0 - at.0, to.1 - at.1) {
        (0, 0) => {}
        (x, 0) => d.extend(["h", &numbers(&[x])]),
        (0, y) => d.extend(["v", &numbers(&[y])]),
        (x, y) => d.extend(["l", &numbers(&[x, y])]),
    }
    *at = to;
}

/// Numbers in tenths; before a minus no space is needed.
fn numbers(tenths: &[i64]) -> String {
    let mut out = String::new();
    for one in tenths {
        if !out.is_empty() && *one >= 0 {
            out.push(' ');
        }
        out.push_str(&n(*one as f64 / 10.0));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn lines_are_short() {
        let corners = [(0.0, 5.0), (20.0, 5.0), (20.0, 40.0), (50.0, 40.0)];
        assert_eq!(rounded(&corners), "M0 5h14q6 0 6 6v23q0 6 6 6h24");
        assert_eq!(rounded(&[(10.0, 5.5), (3.0, 5.5)]), "M10 5.5h-7");
        assert_eq!(rounded(&[]), "");
    }

    #[test]
    fn what_is_rounded_does_not_add_up() {
        let steps = (0..81).map(|at| (f64::from(at / 2) * 10.04, f64::from(at - at / 2) * 10.04));
        let d = rounded(&steps.collect::<Vec<_>>());
        let (mut x, mut y) = (0.0, 0.0);
        for command in d
            .replace('h', "|h")
            .replace('v', "|v")
            .replace('q', "|q")
            .split('|')
        {
            let (name, rest) = command.split_at(1);
            let numbers = rest.replace('-', " -");
            let numbers = numbers
                .split_whitespace()
                .map(|one| one.parse::<f64>().unwrap());
            match (name, numbers.collect::<Vec<_>>().as_slice()) {
                ("M", [to_x, to_y]) => (x, y) = (*to_x, *to_y),
                ("h", [by]) => x += by,
                ("v", [by]) => y += by,
                ("q", [.., by_x, by_y]) => (x, y) = (x + by_x, y + by_y),
                _ => panic!("{command}"),
            }
        }
        assert!(
            (x - 401.6).abs() < 0.05 && (y - 401.6).abs() < 0.05,
            "{x} {y}"
        );
    }
}
