//! What happens when a handler runs, in order: the steps of its functions, one within the other,
//! as a list of effects, each with the conditions under which it happens.

use super::known::{Known, Programs};
use super::path::{Part, Path, Paths};
use super::run::Unfolder;
use crate::model::{ColumnValue, HandlerCode, Origin, Step};
use crate::source::Span;
use fixedbitset::FixedBitSet;

/// An effect that happens when a handler runs.
#[derive(Clone, Debug)]
pub(super) struct Occurrence<'s> {
    /// The effect, by its number in the system.
    pub(super) effect: usize,
    /// What must hold for it to happen.
    pub(super) path: Path,
    /// The transaction that it is part of.
    pub(super) transaction: Option<u32>,
    /// Where the parameters of its function come from.
    pub(super) parameters: Part,
    /// The table of the type that its function is called on.
    pub(super) table: Option<&'s str>,
    /// To what it is done, where that was passed to its function.
    pub(super) named: Option<&'s str>,
    /// The columns that it writes.
    pub(super) written: Written<'s>,
    /// The row that it writes was read before: it is there.
    pub(super) loaded: bool,
    /// It is part of the middleware around the handler, or of what makes its parameters.
    pub(super) around: bool,
    /// Where the message was said to be worked on before.
    pub(super) acknowledged: Option<Span>,
    /// It is done later, by whoever takes it from a channel.
    pub(super) later: bool,
    /// It keeps a log of what is done.
    pub(super) logs: bool,
    /// Where it fails because the row was there already, somebody answers that.
    pub(super) answered: bool,
}

/// What is set of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written<'s> {
    pub(super) columns: &'s [ColumnValue],
    /// Where the parameters come from that its values are made of.
    pub(super) parameters: Part,
    /// It was read from its table.
    pub(super) loaded: bool,
    /// It is a record of which only the type is known: what it holds may be nothing.
    pub(super) of_type: bool,
}

/// A column with the value that it gets in this run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'u> {
    pub(super) column: &'u str,
    /// The value that was there counts.
    pub(super) relative: bool,
    made_of: Origin,
    parameters: &'u [Origin],
}

impl Value<'_> {
    /// Where it comes from.
    pub(super) fn origin(self) -> Origin {
        with_parameters(self.made_of, self.parameters)
    }

    /// Whether it comes from elsewhere, and is not said where it is written.
    pub(super) fn is_given(self) -> bool {
        self.made_of.present() != Origin::REPEATABLE
    }
}

/// A value that is made of parameters, with where these come from.
fn with_parameters(value: Origin, parameters: &[Origin]) -> Origin {
    value.with(|index| parameters.get(index).copied().unwrap_or_default())
}

/// What a handler does.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfolded<'s> {
    pub(super) occurrences: Vec<Occurrence<'s>>,
    /// What must hold for them to happen.
    pub(super) paths: Paths<'s>,
    /// Where the parameters of its functions come from, one run after the other.
    pub(super) origins: Vec<Origin>,
    /// The functions that it runs.
    pub(super) functions: FixedBitSet,
    /// Those of them that are not of the middleware around it.
    pub(super) own: FixedBitSet,
    /// The occurrences without which the request fails or ends: where they find nothing, somebody notices.
    pub(super) needed: FixedBitSet,
    /// Where something is handed over to whoever takes it from a channel, and nothing is seen that is done with it.
    pub(super) handed: Vec<Span>,
    /// There was more than is looked at.
    pub(super) cut: bool,
}

impl<'s> Unfolded<'s> {
    /// The columns that an occurrence writes.
    pub(super) fn written<'u>(
        &'u self,
        occurrence: &Occurrence<'s>,
    ) -> impl Iterator<Item = Value<'u>> + Clone + use<'u, 's> {
        let columns: &'u [ColumnValue] = occurrence.written.columns;
        let parameters = occurrence.written.parameters.of(&self.origins);
        columns.iter().map(move |written| Value {
            column: &written.column,
            relative: written.relative,
            made_of: written.origin,
            parameters,
        })
    }

    /// Where a value of an occurrence comes from, with what its function was given.
    pub(super) fn origin(&self, occurrence: &Occurrence<'s>, value: Origin) -> Origin {
        self.resolved(value, occurrence.parameters)
    }

    /// Where a value comes from that is made of these parameters.
    pub(super) fn resolved(&self, value: Origin, parameters: Part) -> Origin {
        with_parameters(value, parameters.of(&self.origins))
    }

    /// Whether one occurrence happens whenever another does and the request does not fail, as far as branches tell.
    pub(super) fn happens_with(&self, one: &Occurrence<'s>, other: &Occurrence<'s>) -> bool {
        self.paths.includes(other.path, one.path)
    }
}

/// A handler whose middleware has run.
#[derive(Clone)]
pub(super) struct Entered<'s> {
    unfolder: Unfolder<'s>,
    path: Path,
    transaction: Option<u32>,
}

/// Runs middleware, in one of these programs.
pub(super) fn enter<'s>(
    known: &'s Known<'s>,
    layers: &[usize],
    programs: &Programs,
) -> Entered<'s> {
    let mut entered = Entered {
        unfolder: Unfolder::new(known, programs),
        path: Path::default(),
        transaction: None,
    };
    for layer in layers {
        entered.run(*layer);
    }
    entered
}

impl<'s> Entered<'s> {
    /// Runs a function of which nobody asks what it tells.
    fn run(&mut self, function: usize) {
        let unfolder = &mut self.unfolder;
        let given = unfolder.client();
        unfolder.call(function, &given, &mut self.path, &mut self.transaction);
        unfolder.holds.clear();
    }

    /// Runs what makes the parameters, then the handler.
    pub(super) fn unfold(mut self, code: &HandlerCode) -> Unfolded<'s> {
        let system = self.unfolder.known.system;
        match code {
            HandlerCode::Functions(functions) => {
                for function in functions {
                    for (extractor, optional) in
                        system.extractors.get(function).into_iter().flatten()
                    {
                        let path = self.path;
                        self.run(*extractor);
                        // Without it the handler runs too.
                        if *optional {
                            self.path = path;
                        }
                    }
                }
                self.unfolder.around = false;
                let path = self.path;
                for function in functions {
                    self.path = path;
                    self.run(*function);
                }
            }
            HandlerCode::Closure(function, span) => {
                self.unfolder.around = false;
                if let Some(steps) = scope_at(&system.traces[*function].steps, *span) {
                    let given = self.unfolder.client();
                    let frame = self.unfolder.frame(*function, &given);
                    let (path, transaction) = (&mut self.path, &mut self.transaction);
                    self.unfolder.steps(steps, &frame, path, transaction);
                }
            }
        }
        self.unfolder.out
    }
}
/// The steps of the closure at a place.
fn scope_at(steps: &[Step], wanted: Span) -> Option<&[Step]> {
    let inside = |span: &Span| {
        span.source == wanted.source && span.start >= wanted.start && span.end <= wanted.end
    };
    steps.iter().find_map(|step| match step {
        Step::Scope { span, steps, .. } if inside(span) => Some(steps.as_slice()),
        Step::Scope { steps, .. } | Step::Loop { steps, .. } => scope_at(steps, wanted),
        Step::Branch { arms, .. } => arms.iter().find_map(|(_, steps)| scope_at(steps, wanted)),
        _ => None,
    })
}
