//! How wide text is. Widths of DejaVu Sans Bold, the widest of the usual fallbacks, so that text fits
//! its box whatever font it is shown in.

/// Advance widths of the characters from U+0020 to U+007E, in thousandths of the font's size.
const WIDTHS: [u16; 95] = [
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696,
    696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683,
    683, 821, 837, 372, 372, 775, 637, 995, 837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771,
    724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716, 678, 435, 716, 712, 343, 343, 665,
    343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712, 365, 712, 838,
];

/// How wide a text is at a font size, in pixels. What is not ASCII counts as a full square.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let of = |c: char| {
        let index = (c as usize).checked_sub(0x20);
        let known = index.and_then(|index| WIDTHS.get(index));
        f64::from(known.copied().unwrap_or(1000))
    };
    text.chars().map(of).sum::<f64>() / 1000.0 * size
}

/// As `width`, for text that is not bold: no letter of DejaVu Sans has more than this share of the
/// width that it has in bold.
pub(super) fn regular(text: &str, size: f64) -> f64 {
    width(text, size) * 0.94
}

/// A name of at most so many characters, with an ellipsis in its middle, or at the start of a path.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    // Of a path the end says most.
    let starts = letters.iter().enumerate().filter(|(_, c)| **c == '/');
    let fitting = starts
        .map(|(at, _)| at)
        .find(|at| letters.len() - at < most);
    if let Some(at) = fitting {
        let end: String = letters[at..].iter().collect();
        return format!("…{end}");
    }
    let (head, tail) = (most.div_ceil(2), most / 2 - 1);
    let start: String = letters[..head].iter().collect();
    let end: String = letters[letters.len() - tail..].iter().collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::{shortened, width};

    #[test]
    fn wide_letters_are_wide() {
        assert!(width("WWW", 13.0) > width("iii", 13.0) * 2.0);
        assert!((width("A", 1000.0) - 774.0).abs() < 0.01);
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("orders", 10), "orders");
        assert_eq!(shortened("abcdefghijkl", 8), "abcd…jkl");
        assert_eq!(shortened("one/two/three", 10), "…/three");
    }
}
