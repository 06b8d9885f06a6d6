//! What code changes, and the order in which it does.

use crate::source::Span;
use serde::Serialize;
use std::collections::BTreeSet;

/// Where a value comes from: whether it is another one every time, and which parameters of its
/// function it is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(u32);

impl Origin {
    /// The same for the same request, as far as known.
    pub const REPEATABLE: Self = Self(0);
    /// Random, or derived from it.
    pub const RANDOM: Self = Self(1);
    /// The time, or derived from it.
    pub const TIME: Self = Self(2);
    /// Read from a store.
    pub const STORED: Self = Self(4);
    /// It may be absent.
    pub const OPTIONAL: Self = Self(8);
    /// Sent by the client.
    pub const CLIENT: Self = Self(16);

    /// Given back by an insert: as new as the row.
    pub const INSERTED: Self = Self(32);

    /// A statement makes it of something that is not seen.
    pub const UNSEEN: Self = Self(64);

    /// Messages that are asked for with it count as worked on once they are sent.
    pub const UNACKNOWLEDGED: Self = Self(128);

    /// The sum or difference of a number that was read from a store and one that was not.
    pub const COUNTED: Self = Self(256);

    /// Read from a store, and given a part that is another one every time.
    pub const RENEWED: Self = Self(512);

    /// Made of any parameter of its function.
    pub(crate) const ANY_PARAMETER: Self = Self(!0 << Self::PARAMETERS);

    /// The number that `self` has among the parameters.
    pub const SELF: usize = Self::MAX_PARAMETERS - 1;

    /// The first bit that stands for a parameter.
    const PARAMETERS: usize = 10;
    /// How many parameters are told apart.
    const MAX_PARAMETERS: usize = 22;

    /// Made of a parameter of its function.
    #[must_use]
    pub fn parameter(index: usize) -> Self {
        match index < Self::MAX_PARAMETERS {
            true => Self(1 << (Self::PARAMETERS + index)),
            false => Self::REPEATABLE,
        }
    }

    /// Of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it is of a kind, perhaps among others.
    #[must_use]
    pub const fn is(self, kind: Self) -> bool {
        self.0 & kind.0 != 0
    }

    /// What of it is of a kind.
    #[must_use]
    pub const fn only(self, kind: Self) -> Self {
        Self(self.0 & kind.0)
    }

    /// Another one every time.
    #[must_use]
    pub const fn is_fresh(self) -> bool {
        self.is(Self(3 | Self::INSERTED.0))
    }

    /// The same without that it may be absent: what is made of it is there.
    #[must_use]
    pub const fn present(self) -> Self {
        Self(self.0 & !Self::OPTIONAL.0)
    }

    /// What is kept of it in a field: of an id that an insert gave back, most values of the field
    /// are of rows that were there.
    #[must_use]
    pub const fn in_field(self) -> Self {
        Self(self.0 & !(Self::INSERTED.0 | Self::OPTIONAL.0))
    }

    /// The parameter that it is, where it is one and nothing else.
    #[must_use]
    pub const fn as_parameter(self) -> Option<usize> {
        let bits = self.0 >> Self::PARAMETERS;
        match bits.is_power_of_two() {
            true => Some(bits.trailing_zeros() as usize),
            false => None,
        }
    }

    /// With what the parameters are in the place of the parameters.
    #[must_use]
    pub fn with(self, given: impl Fn(usize) -> Self) -> Self {
        let parameters = self.parameters();
        parameters.fold(self.kinds(), |all, index| all.and(given(index)))
    }

    /// What it is beside being made of parameters.
    pub(crate) const fn kinds(self) -> Self {
        Self(self.0 & !Self::ANY_PARAMETER.0)
    }

    /// The numbers of the parameters that it is made of.
    pub(crate) fn parameters(self) -> impl Iterator<Item = usize> {
        let mut left = self.0 >> Self::PARAMETERS;
        std::iter::from_fn(move || {
            let lowest = (left != 0).then(|| left.trailing_zeros() as usize);
            // Takes the lowest bit away.
            left &= left.wrapping_sub(1);
            lowest
        })
    }
}

/// A column with the value that it gets or is compared with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnValue {
    /// The column.
    pub column: String,
    /// Where the value comes from.
    pub origin: Origin,
    /// The value that was there counts: `n + 1`.
    pub relative: bool,
    /// What was there is put together with more by `||`: it counts where the column holds no document.
    pub merged: bool,
    /// It holds where the column is another one: nothing is found the second time.
    pub differs: bool,
    /// The statement says the value itself.
    pub constant: bool,
}

/// What is done to a store, a broker or another service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// Something is read.
    Read,
    /// A record is added.
    Insert,
    /// A record is added, or changed where it is there.
    Upsert,
    /// Records are changed.
    Update,
    /// Records are removed.
    Delete,
    /// What has this name is removed from a cache, an object store or a service. Whether there was anything, nothing
    /// tells: in most of them it is no failure if there was not.
    Remove,
    /// A key gets a value: of a cache, an object store.
    Set,
    /// A number is counted up or down.
    Count,
    /// Something is added to the end of a list, log or stream.
    Append,
    /// A message is sent to a broker.
    Publish,
    /// Mail is sent.
    Mail,
    /// A session is begun that the server keeps.
    Session,
    /// Another service is asked to do something that adds up: POST.
    Request,
    /// Another service is asked for something that may be repeated.
    RepeatableRequest,
    /// What it does is not known.
    Unknown,
}

impl EffectKind {
    /// The name used in every output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Insert => "insert",
            Self::Upsert => "upsert",
            Self::Update => "update",
            Self::Delete | Self::Remove => "delete",
            Self::Set => "set",
            Self::Count => "count",
            Self::Append => "append",
            Self::Publish => "publish",
            Self::Mail => "mail",
            Self::Session => "session",
            Self::Request => "request",
            Self::RepeatableRequest => "repeatable-request",
            Self::Unknown => "unknown",
        }
    }

    /// Whether something is there afterwards that was not before, or the other way round.
    #[must_use]
    pub fn writes(self) -> bool {
        !matches!(self, Self::Read | Self::RepeatableRequest | Self::Unknown)
    }
}

/// What happens where a record is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnConflict {
    /// The columns of the conflict, where they are named.
    pub columns: Vec<String>,
    /// The record is changed; otherwise it stays as it is.
    pub updates: bool,
    /// A statement says so of whichever key there is: `ON DUPLICATE KEY UPDATE`.
    pub any_key: bool,
    /// The columns that are known to get what was to be inserted.
    pub replaced: Vec<String>,
}

/// What is said of rows of which the first ones are taken, whichever they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextRows {
    /// The columns that say which rows.
    pub filter: Vec<ColumnValue>,
    /// Those that somebody else is at work on are passed over: `SKIP LOCKED`.
    pub skips_locked: bool,
}

/// One thing that code does to a store, a broker or another service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeEffect {
    /// What is done.
    pub kind: EffectKind,
    /// To what: a table, topic, URL, bucket.
    pub target: String,
    /// Where.
    pub span: Span,
    /// The crate that does it.
    pub krate: String,
    /// It is a statement to a database: a transaction may undo it.
    pub transactional: bool,
    /// It is done to what the process keeps in memory.
    pub in_memory: bool,
    /// The tables it reads or writes.
    pub tables: Vec<String>,
    /// The columns it writes.
    pub written: Vec<ColumnValue>,
    /// It also writes columns that are not seen.
    pub writes_unseen: bool,
    /// The parameter of its function that is the record it writes: what is known of that counts
    /// before what is written here.
    pub record: Option<usize>,
    /// The columns that say which records.
    pub filter: Vec<ColumnValue>,
    /// What happens where the record is there already.
    pub conflict: Option<OnConflict>,
    /// It does nothing where that is done already.
    pub only_once: bool,
    /// It takes the first rows there are of those that this holds for.
    pub next: Option<NextRows>,
    /// What follows happens only if it found or did something.
    pub required: bool,
    /// Where its arguments come from.
    pub origin: Origin,
    /// Where the name comes from that a value is set under: the first of them. Of a request that may be repeated for its
    /// idempotency key, where that comes from.
    pub key: Origin,
    /// It takes messages from a broker.
    pub consumes: bool,
    /// Where its kind is not known: whether it may be a write that matters.
    pub may_write: bool,
    /// It gives a list of rows, and not one.
    pub many: bool,
    /// It locks what it reads, or something that stands for it.
    pub locks: bool,
    /// What of it is said by whoever calls its function.
    pub said: Said,
}

/// What of an effect is a parameter of its function, by the number of the parameter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The statement that is run.
    pub statement: Option<usize>,
    /// The HTTP method of the request.
    pub method: Option<usize>,
    /// To what it is done: a collection, a topic.
    pub target: Option<usize>,
    /// The address that is asked.
    pub address: Option<usize>,
}

impl Said {
    /// The parameter without which nobody knows what is done.
    #[must_use]
    pub fn by(self) -> Option<usize> {
        self.statement.or(self.method)
    }
}

/// A text that is passed to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedText {
    /// A text of the system, by its number.
    Text(usize),
    /// A parameter of the function that passes it on.
    Parameter(usize),
}

/// A table of a database, as the migrations leave it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Columns that are filled by themselves: sequences, generated ids, the time.
    pub defaulted: Vec<String>,
    /// Columns that hold a JSON object or a map.
    pub documents: Vec<String>,
    /// What must be unique.
    pub keys: Vec<TableKey>,
    /// The names of these keys.
    pub key_names: Vec<Option<String>>,
}

impl Table {
    /// Takes away the keys for which this holds, by their name and columns.
    pub fn drop_keys(&mut self, gone: impl Fn(Option<&str>, &TableKey) -> bool) {
        let names = std::mem::take(&mut self.key_names);
        let keys = std::mem::take(&mut self.keys);
        for (name, key) in names.into_iter().zip(keys) {
            if !gone(name.as_deref(), &key) {
                self.key_names.push(name);
                self.keys.push(key);
            }
        }
    }
}

/// Columns that are unique together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableKey {
    /// The columns.
    pub columns: Vec<String>,
    /// For which rows.
    pub scope: KeyScope,
    /// Two rows without a value in one of its columns hurt it too.
    pub nulls_alike: bool,
    /// Where this is written.
    pub span: Span,
}

/// The rows that a key is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum KeyScope {
    /// All.
    #[default]
    All,
    /// Those in which nothing has set these columns: `WHERE deleted_at IS NULL AND NOT archived`.
    Unset(Vec<String>),
    /// Some others.
    Some,
}

/// What a function does, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The steps.
    pub steps: Vec<Step>,
    /// For each effect of the function: those of the system that it stands for.
    pub effects: Vec<Vec<usize>>,
    /// The calls of functions of the system.
    pub sites: Vec<Site>,
    /// What its result tells of what it did.
    pub tells: Option<Told>,
    /// Idempotency keys that it reads.
    pub keys: Vec<KeyRead>,
    /// Fields that are called like keys and that it looks at.
    pub key_fields: BTreeSet<String>,
    /// It puts something into a request for those who come after it.
    pub extends_request: bool,
    /// A trait gives it to the types that implement it.
    pub of_trait: bool,
    /// The type that it belongs to, by its number.
    pub owner: Option<usize>,
    /// It asks whether a write has failed because the row was there already, and does not try again.
    pub answers_conflicts: bool,
    /// What it awaits that is not known, and may do anything.
    pub unseen: Vec<Span>,
}

/// An idempotency key that code reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRead {
    /// The header or member.
    pub name: String,
    /// Where.
    pub span: Span,
    /// Without it the request fails.
    pub required: bool,
    /// The HTTP methods that the function names; none where it names none.
    pub methods: Vec<String>,
    /// The field of the type that is made of the request, where it is kept among others: it counts for those who look
    /// at it.
    pub field: Option<String>,
}

/// A call of functions of the system: of one, or of all that a trait may mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// The functions, by their index in the call graph.
    pub functions: Vec<usize>,
    /// Where.
    pub span: Span,
    /// What follows happens only if it found something.
    pub required: bool,
    /// What follows happens even if it failed.
    pub ignored: bool,
    /// Where the arguments come from, by the number of the parameter.
    pub origins: Vec<Origin>,
    /// The table of the type that the function is called on.
    pub table: Option<String>,
    /// The records among the arguments, by the number of the parameter.
    pub records: Vec<(usize, Record)>,
    /// The functions that a type has in place of a trait's own, where the trait gives the function that is called.
    pub chosen: Vec<usize>,
    /// It is done later, by whoever takes an item of this type, by its number, from a channel.
    pub later: Option<usize>,
    /// It is told all who listen, and need not be done at all.
    pub announced: bool,
    /// The texts among the arguments that say what is done, by the number of the parameter.
    pub texts: Vec<(usize, PassedText)>,
    /// The variants of enums among the arguments, by the number of the parameter.
    pub variants: Vec<(usize, PassedVariant)>,
    /// The parameter of the function around that a method of several types is called on: of its type, the one that is
    /// meant.
    pub asked: Option<usize>,
    /// The types of the arguments for parameters of any type, by the number of the parameter.
    pub types: Vec<(usize, PassedType)>,
}

/// The type of a value that is passed for a parameter of any type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassedType {
    /// A type of the system, by its number.
    Named(usize),
    /// That of a parameter of the function that passes it on.
    Parameter(usize),
}

/// A record that is passed on.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// With these columns.
    Columns {
        /// Those that are set here.
        columns: Vec<ColumnValue>,
        /// It was read from its table: what is not set here is as it was.
        loaded: bool,
        /// The parameter that it is, of the function that passes it on: read, if that was.
        of: Option<usize>,
    },
    /// A parameter of the function that passes it on.
    Parameter(usize),
}

/// What a value tells of: whether something was found, or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The effect or call.
    pub by: By,
    /// It is true where nothing was.
    pub negated: bool,
}

/// An effect or a call of a function, by its number in the function's trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// An effect.
    Effect(usize),
    /// A call.
    Site(usize),
    /// An idempotency key that is read.
    Key(usize),
}

/// What a condition rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knows {
    /// Whether something was found, or done.
    pub told: Option<Told>,
    /// What else must have been found or done.
    pub also: Vec<Told>,
    /// Fields of what was read from a store, methods that were asked of it, and states that it was compared with.
    pub fields: Vec<String>,
    /// What counts how often something has been changed, where the client says at which count it expects it: `revision`.
    pub expects: Option<String>,
    /// The condition may hold by something else: `admin || order.draft`.
    pub holds_otherwise: bool,
    /// The condition may fail by something else: `!admin && order.shipped`.
    pub fails_otherwise: bool,
}

/// When an arm of a branch is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Something was found or done, or the condition holds.
    Something,
    /// Nothing was, or it does not hold.
    Nothing,
    /// By something else.
    Otherwise,
}

/// A branch on which variant of an enum a function was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByVariant {
    /// The number of the parameter.
    pub parameter: usize,
    /// Of each way, the variants; none where it is for all others.
    pub ways: Vec<Vec<String>>,
}

impl ByVariant {
    /// The number of what is taken from a channel among the parameters of who takes it.
    pub const TAKEN: usize = usize::MAX;

    /// The way that a variant takes.
    #[must_use]
    pub fn way(&self, variant: &str) -> Option<usize> {
        let named =
            |names: &Vec<String>| names.is_empty() || names.iter().any(|name| name == variant);
        self.ways.iter().position(named)
    }
}

/// The variant of an enum that a function is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassedVariant {
    /// The one of this name.
    Named(String),
    /// Whatever the function was given that passes it on, for this parameter.
    Parameter(usize),
}

/// A step of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An effect, by its number in the trace.
    Effect(usize),
    /// A call, by its number in the trace.
    Call(usize),
    /// One of several ways.
    Branch {
        /// What it rests on.
        knows: Knows,
        /// The ways.
        arms: Vec<(When, Vec<Step>)>,
        /// The parameter whose variant decides, and the variants that each way is for.
        by_variant: Option<ByVariant>,
    },
    /// Something that happens any number of times.
    Loop {
        /// What the number rests on.
        knows: Knows,
        /// What happens each time.
        steps: Vec<Step>,
    },
    /// A closure or an async block: what leaves it, leaves it alone.
    Scope {
        /// Where it stands.
        span: Span,
        /// It runs in a transaction.
        transaction: bool,
        /// What it does.
        steps: Vec<Step>,
    },
    /// A transaction begins.
    Begin,
    /// It ends, and its effects stay.
    Commit,
    /// A message is said to be worked on.
    Acknowledge(Span),
    /// An item of a type, by its number, is taken from a channel: what follows is done with it.
    Take(usize),
    /// What is done with it ends here, as what follows is another branch of a `select!`.
    TakeEnds,
    /// The function ends.
    Exit {
        /// With a failure, which its callers hand on.
        fails: bool,
    },
    /// The loop, or this turn of it, ends.
    Leave,
}
