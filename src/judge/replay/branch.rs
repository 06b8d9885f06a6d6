//! The branches and loops of a run.

use super::path::{Arm, Condition, Part, Path};
use super::run::{End, Frame, Unfolder, bit};
use crate::model::{Knows, Step, Told, When};

impl<'s> Unfolder<'s> {
    pub(super) fn branch(
        &mut self,
        knows: &'s Knows,
        arms: &'s [(When, Vec<Step>)],
        frame: &Frame<'_, 's>,
        path: &mut Path,
        transaction: &mut Option<u32>,
    ) -> End {
        self.branches += 1;
        let branch = self.branches;
        let (mut open, mut failing) = (0_u64, true);
        let (mut first, mut ended, mut leaves) = (None, false, false);
        let (before, mut after) = (self.acknowledged, None);
        // Of an answer of several kinds, each way may be the one for something new.
        let plain = arms.iter().any(|(when, _)| *when == When::Something);
        for (way, (when, steps)) in arms.iter().enumerate() {
            let when = match when {
                When::Otherwise if !plain => When::Something,
                when => *when,
            };
            let taken = self.arm(frame, knows, branch, bit(way), Some(when));
            let holds = self.holds.len();
            let mut inner = *transaction;
            self.acknowledged = before;
            let end = self.within(*path, &[taken], steps, frame, &mut inner);
            self.holds.truncate(holds);
            first = first.or(Some(end));
            ended |= end != End::Open;
            match end {
                End::Open => {
                    open |= bit(way);
                    after = after.or(self.acknowledged);
                    *transaction = inner;
                }
                End::Exit { fails } => failing &= fails,
                End::Leave => leaves = true,
            }
        }
        self.acknowledged = after;
        if open == 0 {
            // An `if` without `else` has a way that does nothing.
            return first.unwrap_or(End::Open);
        }
        if ended {
            let left = arms.iter().enumerate();
            let left = left.filter(|(way, _)| open & bit(*way) != 0);
            let mut left = left.map(|(_, (when, _))| *when);
            let when = left.next().filter(|first| left.all(|when| when == *first));
            let mut condition = self.arm(frame, knows, branch, open, when);
            if let Condition::Arm(arm) = &mut condition {
                arm.or_fails = failing && !leaves;
            }
            self.out.paths.push(path, condition);
            if failing && !leaves {
                self.holds.push(condition);
                if let Condition::Arm(arm) = condition
                    && let Some((found, true)) = arm.told
                {
                    for occurrence in self.out.paths.occurrences(found) {
                        self.out.needed.grow_and_insert(*occurrence);
                    }
                }
            }
        }
        End::Open
    }

    /// Some ways of a branch, all taken in the same case or in several.
    fn arm(
        &self,
        frame: &Frame<'_, 's>,
        knows: &'s Knows,
        branch: u32,
        ways: u64,
        when: Option<When>,
    ) -> Condition<'s> {
        let found = match when {
            Some(When::Something) => Some(true),
            Some(When::Nothing) => Some(false),
            Some(When::Otherwise) | None => None,
        };
        let otherwise = match found {
            Some(true) => knows.holds_otherwise,
            Some(false) => knows.fails_otherwise,
            None => false,
        };
        if otherwise {
            return Condition::Arm(Arm {
                branch,
                ways,
                ..Arm::default()
            });
        }
        Condition::Arm(Arm {
            branch,
            ways,
            told: found.and_then(|found| self.told_so(frame, knows.told, found)),
            fields: &knows.fields,
            expects: knows.expects.as_deref(),
            or_fails: false,
        })
    }

    /// The turns of a loop.
    pub(super) fn turns(
        &mut self,
        frame: &Frame<'_, 's>,
        told: Option<Told>,
        fields: &'s [String],
    ) -> Condition<'s> {
        self.branches += 1;
        Condition::Arm(Arm {
            branch: self.branches,
            ways: 1,
            told: self.told_so(frame, told, true),
            fields,
            expects: None,
            or_fails: false,
        })
    }

    /// The occurrences that a condition rests on, and whether they did or found something where it
    /// holds, or nothing.
    fn told_so(
        &self,
        frame: &Frame<'_, 's>,
        told: Option<Told>,
        holds: bool,
    ) -> Option<(Part, bool)> {
        let tells = self.told(frame, told)?;
        Some((tells.occurrences, tells.positive == holds))
    }
}
