//! What must hold for an effect to happen. Paths share their beginnings: one is a place in a tree,
//! and costs nothing to keep.

/// A part of a list that several share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    start: usize,
    end: usize,
}

impl Part {
    /// What a list has got since it was so long.
    pub(super) fn since<T>(list: &[T], start: usize) -> Self {
        let end = list.len();
        Self { start, end }
    }

    pub(super) fn of<T>(self, list: &[T]) -> &[T] {
        &list[self.start..self.end]
    }
}

/// Some ways of a branch are taken.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arm<'s> {
    /// The branch: what comes later has a higher number.
    pub(super) branch: u32,
    /// The ways, as bits.
    pub(super) ways: u64,
    /// These occurrences did or found something, or nothing.
    pub(super) told: Option<(Part, bool)>,
    /// Fields of stored records that the branch looks at.
    pub(super) fields: &'s [String],
    /// What the client must know to be as it is, which every change moves on.
    pub(super) expects: Option<&'s str>,
    /// On every other way the function ends with a failure.
    pub(super) or_fails: bool,
}

/// What must hold for an effect to happen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Condition<'s> {
    /// Some ways of a branch are taken.
    Arm(Arm<'s>),
    /// An occurrence did not fail, or found something.
    Needs(usize),
    /// One of several implementations was run and did not fail: the number of what must hold for each.
    OneOf(usize),
}

/// A way to a place in the code: the last conditions on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Path {
    /// The last branch.
    arm: Option<usize>,
    /// The last condition that tells of something, which may be otherwise on the repeat.
    telling: Option<usize>,
}

impl Path {
    /// Whether a branch leads there.
    pub(super) fn branches(self) -> bool {
        self.arm.is_some()
    }
}

/// The ways of a branch that are taken, and the branch before it.
#[derive(Clone, Copy, Debug)]
struct Taken {
    branch: u32,
    ways: u64,
    or_fails: bool,
    /// The numbers of this branch and all before it, as bits; several numbers share one.
    all: u64,
    /// Of those that are not all that is left where the request does not fail.
    asked: u64,
    before: Option<usize>,
}

/// All paths of a handler.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths<'s> {
    arms: Vec<Taken>,
    /// Each condition that tells of something, with the one before it.
    telling: Vec<(Condition<'s>, Option<usize>)>,
    /// The occurrences that conditions tell of.
    told: Vec<usize>,
    /// Of a call of several implementations: what holds where each of them did not fail.
    implementations: Vec<Vec<Vec<Condition<'s>>>>,
}

impl<'s> Paths<'s> {
    /// The path goes on under a condition.
    pub(super) fn push(&mut self, path: &mut Path, condition: Condition<'s>) {
        let tells = match condition {
            Condition::Needs(_) | Condition::OneOf(_) => true,
            Condition::Arm(arm) => {
                let Arm { branch, ways, .. } = arm;
                let before = path.arm;
                debug_assert!(before.is_none_or(|last| self.arms[last].branch < branch));
                path.arm = Some(self.arms.len());
                let bit = 1 << (branch % u64::BITS);
                let asked = before.map_or(0, |index| self.arms[index].asked);
                self.arms.push(Taken {
                    asked: if arm.or_fails { asked } else { asked | bit },
                    branch,
                    ways,
                    or_fails: arm.or_fails,
                    all: self.bits(before) | bit,
                    before,
                });
                arm.told.is_some() || !arm.fields.is_empty() || arm.expects.is_some()
            }
        };
        if tells {
            let before = path.telling.replace(self.telling.len());
            self.telling.push((condition, before));
        }
    }

    /// How much has been pushed so far.
    pub(super) fn length(&self) -> (usize, usize) {
        (self.arms.len(), self.telling.len())
    }

    /// Forgets what has been pushed since, on paths that nobody has kept.
    pub(super) fn shorten(&mut self, (arms, telling): (usize, usize)) {
        self.arms.truncate(arms);
        self.telling.truncate(telling);
    }

    /// Keeps a list of occurrences, if there are any.
    pub(super) fn keep(&mut self, occurrences: impl IntoIterator<Item = usize>) -> Option<Part> {
        let start = self.told.len();
        self.told.extend(occurrences);
        (self.told.len() > start).then(|| Part::since(&self.told, start))
    }

    /// What holds where whichever implementation was run did not fail. Nothing does where one of them never fails.
    pub(super) fn one_of(
        &mut self,
        implementations: Vec<Vec<Condition<'s>>>,
    ) -> Option<Condition<'s>> {
        if implementations.iter().any(Vec::is_empty) {
            return None;
        }
        self.implementations.push(implementations);
        Some(Condition::OneOf(self.implementations.len() - 1))
    }

    /// What holds where each of several implementations did not fail.
    pub(super) fn implementations(&self, number: usize) -> &[Vec<Condition<'s>>] {
        &self.implementations[number]
    }

    /// The occurrences of a list.
    pub(super) fn occurrences(&self, kept: Part) -> &[usize] {
        kept.of(&self.told)
    }

    /// The conditions of a path that tell of something, in their order.
    pub(super) fn telling(&self, path: Path) -> Vec<Condition<'s>> {
        let last = path.telling.map(|index| self.telling[index]);
        let before = |(_, before): &(_, Option<usize>)| before.map(|index| self.telling[index]);
        let found = std::iter::successors(last, before);
        let mut found: Vec<Condition<'s>> = found.map(|(condition, _)| condition).collect();
        found.reverse();
        found
    }

    /// The branches of a path as bits: two paths may have the same bits and other branches.
    fn bits(&self, arm: Option<usize>) -> u64 {
        arm.map_or(0, |index| self.arms[index].all)
    }

    /// The branch of which two paths take different ways.
    pub(super) fn parting(&self, one: Path, other: Path) -> Option<u32> {
        let (mut one, mut other) = (one.arm, other.arm);
        while let (Some(a), Some(b)) = (one, other) {
            if a == b {
                return None;
            }
            let (a, b) = (self.arms[a], self.arms[b]);
            if a.branch == b.branch {
                if a.ways & b.ways == 0 {
                    return Some(a.branch);
                }
                (one, other) = (a.before, b.before);
            } else if a.branch > b.branch {
                one = a.before;
            } else {
                other = b.before;
            }
        }
        None
    }

    /// Whether every branch that one path asks for is taken on the other. Where a branch is not on the other path, and all
    /// else ends with a failure there, it is taken whenever the request does not fail.
    pub(super) fn includes(&self, path: Path, wanted: Path) -> bool {
        let (mut taken, mut wanted) = (path.arm, wanted.arm);
        let asked = wanted.map_or(0, |index| self.arms[index].asked);
        if asked & !self.bits(taken) != 0 {
            return false;
        }
        // Where they meet, all before it is the same.
        while taken != wanted {
            let Some(want) = wanted.map(|index| self.arms[index]) else {
                return true;
            };
            let take = taken.map(|index| self.arms[index]);
            match take {
                Some(take) if take.branch > want.branch => taken = take.before,
                Some(take) if take.branch == want.branch => {
                    let other = match want.or_fails {
                        true => take.ways & want.ways == 0,
                        false => take.ways & !want.ways != 0,
                    };
                    if other {
                        return false;
                    }
                    (taken, wanted) = (take.before, want.before);
                }
                _ if want.or_fails => wanted = want.before,
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(branch: u32, ways: u64) -> Condition<'static> {
        Condition::Arm(Arm {
            branch,
            ways,
            told: None,
            fields: &[],
            expects: None,
            or_fails: false,
        })
    }

    fn path(paths: &mut Paths<'static>, from: Path, conditions: &[Condition<'static>]) -> Path {
        let mut path = from;
        for condition in conditions {
            paths.push(&mut path, *condition);
        }
        path
    }

    #[test]
    fn a_path_includes_those_whose_branches_it_takes() {
        let mut paths = Paths::default();
        let start = path(&mut paths, Path::default(), &[arm(1, 1)]);
        let left = path(&mut paths, start, &[arm(2, 0b01), arm(3, 1)]);
        let right = path(&mut paths, start, &[arm(2, 0b10)]);
        let either = path(&mut paths, start, &[arm(2, 0b11)]);
        assert!(paths.includes(left, Path::default()) && !paths.includes(Path::default(), left));
        assert!(paths.includes(left, start) && !paths.includes(start, left));
        assert!(!paths.includes(left, right) && !paths.includes(right, left));
        assert!(paths.includes(left, either) && !paths.includes(either, left));
        // The same branches, pushed once more.
        let again = path(&mut paths, Path::default(), &[arm(1, 1), arm(2, 0b10)]);
        assert!(paths.includes(again, right) && paths.includes(right, again));
    }

    #[test]
    fn what_only_a_failure_keeps_from_happening_happens_too() {
        let or_fails = |branch| match arm(branch, 0b01) {
            Condition::Arm(arm) => Condition::Arm(Arm {
                or_fails: true,
                ..arm
            }),
            other => other,
        };
        let mut paths = Paths::default();
        let start = path(&mut paths, Path::default(), &[arm(1, 1)]);
        let later = path(&mut paths, start, &[or_fails(2), or_fails(3)]);
        let failing = path(&mut paths, start, &[arm(2, 0b10)]);
        let other = path(&mut paths, start, &[or_fails(2), arm(4, 1)]);
        assert!(paths.includes(start, later) && paths.includes(later, start));
        assert!(!paths.includes(failing, later) && !paths.includes(Path::default(), later));
        assert!(!paths.includes(start, other) && paths.includes(other, later));
    }

    #[test]
    fn only_conditions_that_tell_of_something_are_listed_in_order() {
        let mut paths = Paths::default();
        let told = paths.keep([4, 5]);
        assert_eq!(paths.keep([]), None);
        let found = Condition::Arm(Arm {
            branch: 2,
            ways: 1,
            told: told.map(|told| (told, true)),
            fields: &[],
            expects: None,
            or_fails: false,
        });
        let conditions = [Condition::Needs(3), arm(1, 1), found];
        let path = path(&mut paths, Path::default(), &conditions);
        let listed = paths.telling(path);
        let [Condition::Needs(3), Condition::Arm(arm)] = listed.as_slice() else {
            panic!("{listed:?}");
        };
        let (told, something) = arm.told.expect("it tells of two occurrences");
        assert!(something);
        assert_eq!(paths.occurrences(told), [4, 5]);
    }
}
