//! `rules/catalog/effects.yaml`: what code changes when it runs.

use super::word_list::WordList;
use crate::read::rust::ir::TypeRef;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What code changes when it runs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectRules {
    /// Functions and macros that give another value every time, by their paths.
    pub random: WordList,
    /// Attributes of an `impl` whose functions answer to fields of a GraphQL schema, by their last name.
    #[serde(default)]
    pub resolver_attributes: WordList,
    /// Functions that fill what they are given with random values, by their paths.
    #[serde(default)]
    pub fill_functions: WordList,
    /// Words in the names of other functions that give a random value.
    pub random_words: WordList,
    /// Methods of a source of randomness that fill what they are given.
    pub fills: WordList,
    /// Values that are sources of randomness, by the last name of their path.
    pub random_values: WordList,
    /// Traits and types that are sources of randomness.
    pub random_sources: WordList,
    /// What errors of databases say, or their codes, where a unique key was hurt.
    pub conflict_texts: Vec<String>,
    /// Methods that give the sum or difference of numbers.
    pub sums: WordList,
    /// Functions that give the time.
    pub time: WordList,
    /// Derives of a type whose values are read from a table.
    pub record_derives: WordList,
    /// Derives of a type that a client may send.
    pub request_derives: WordList,
    /// Derives of a type that is made by setting one field after the other.
    pub builder_derives: WordList,
    /// Types that keep sessions on the server.
    pub session_stores: WordList,
    /// Methods that run what they are passed in a transaction.
    pub transactions: WordList,
    /// Methods that begin a transaction.
    pub begins: WordList,
    /// Methods that end one.
    pub commits: WordList,
    /// Functions by which a type is made from a request.
    pub extracts: WordList,
    /// Methods that tell a broker that a message is worked on.
    pub acknowledges: WordList,
    /// Members of options with which every message counts as worked on once it is sent.
    pub unacknowledged: WordList,
    /// Technologies that publish what is written to a store.
    pub change_capture: WordList,
    /// Words in the names of tables that hold what is to be sent.
    pub outboxes: WordList,
    /// Methods by which an absence becomes an error.
    pub requires: WordList,
    /// Methods by which an error becomes an absence.
    pub allows: WordList,
    /// Methods that ask whether something is there.
    pub present: WordList,
    /// Methods that ask what was found for more.
    pub asks_record: WordList,
    /// Methods that give the text that they are called on, or nearly so.
    pub same_text: WordList,
    /// Methods that give something else where nothing is there.
    pub falls_back: WordList,
    /// Methods that give what a request carries for those who come after.
    pub request_extensions: WordList,
    /// Methods that read a column from a row by its name.
    pub row_getters: WordList,
    /// Methods that ask whether something is not there.
    pub absent: WordList,
    /// Methods that put something into a collection.
    pub collects: WordList,
    /// Methods of something of an unknown library that take in what they are given.
    pub takes_in: WordList,
    /// Crates in which every statement is a text, which may do anything.
    pub text_crates: WordList,
    /// Words in the names of what a process keeps only as a copy, or to know how it is doing.
    pub memory_copies: WordList,
    /// Words in the names of what gives numbers to what is new.
    pub numbering_words: WordList,
    /// Words in the names of types of other crates that are handles of what is going on in the process.
    pub handle_words: WordList,
    /// The names of types that let only one in at a time.
    pub locks: WordList,
    /// Answers that refuse a request, as the words of a status code's name.
    pub refusals: WordList,
    /// Macros that leave the function.
    pub leaves: WordList,
    /// Macros that leave it where a condition does not hold.
    pub ensures: WordList,
    /// Last words of the names of what counts how often something was changed.
    pub revision_words: WordList,
    /// Columns that are no intended state.
    pub bookkeeping_columns: WordList,
    /// States that something begins in.
    pub beginning_states: WordList,
    /// Words in the names of columns that say since when something is no more what it began as.
    pub ended_words: WordList,
    /// Words in the names of columns that say in which state something is.
    pub state_columns: WordList,
    /// Words in the names of columns that hold a salted hash.
    pub hash_columns: WordList,
    /// Words in the names of tables that only count.
    pub bookkeeping_tables: WordList,
    /// Words in the names of tables that a safe method may write.
    pub visit_tables: WordList,
    /// Methods and values that make transactions serializable.
    pub serializable: WordList,
    /// Operators of an update as a document that change a value by what it was.
    pub adding_operators: WordList,
    /// Methods that make a statement of a text, to be run later.
    pub prepares: WordList,
    /// Methods that run a statement and give a list, which may be empty.
    pub many: WordList,
    /// Ends of paths of a POST that asks for a token: one more changes nothing.
    pub token_paths: Vec<String>,
    /// Methods that are awaited on what is in memory, or is part of the request.
    pub plain_awaits: WordList,
    /// Those of them that write something elsewhere where they are given more than one thing.
    pub plain_writes: WordList,
    /// Words at the end of the path of a POST that only asks.
    pub asking_words: WordList,
    /// Derives of the state of an application by which a handler is given its fields by their types.
    pub state_derives: WordList,
    /// Extractors by which a handler asks for them.
    pub state_extractors: WordList,
    /// Words in the last named segment of the path of a POST that ends something.
    pub ending_words: WordList,
    /// First words of functions that keep a log of what is done.
    pub log_words: WordList,
    /// Words in the names of what such a function writes.
    pub log_tables: WordList,
    /// Words of requests that only throw away copies.
    pub invalidations: WordList,
    /// First words of methods that read.
    pub read_words: WordList,
    /// First words of the names of functions that only ask, whatever they send.
    pub asking_functions: WordList,
    /// Words by which functions write that also read: `find_or_create`.
    pub write_words: WordList,
    /// Methods that send whatever they are given.
    pub plain_sends: WordList,
    /// First words of methods that do something to what is elsewhere, whatever they are called on.
    pub acting_words: WordList,
    /// First words of methods that set something to a value.
    pub set_words: WordList,
    /// First words of methods that remove what has a name.
    pub remove_words: WordList,
    /// Libraries that build statements.
    pub statements: Vec<StatementRules>,
    /// Functions of databases that a SELECT calls for what they do.
    pub sql_functions: SqlFunctions,
    /// Runs of a statement that is not seen which only read, where a statement is no text.
    pub reading_runs: WordList,
    /// Libraries whose methods are commands.
    pub calls: Vec<CallRules>,
    /// Methods that give the value that they are called on, or what is in the result or option that it is.
    pub same_values: WordList,
}

/// How a library builds statements. Methods are known by their names: they count on a statement
/// of this library only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementRules {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// Its type of a statement: what a macro gives that is given one and that nothing is known of.
    #[serde(default)]
    pub wrapped: Option<String>,
    /// A path that ends with this names the table before it.
    #[serde(default)]
    pub table_segment: Option<String>,
    /// A name in a module of this name is the table itself.
    #[serde(default)]
    pub table_modules: WordList,
    /// The attribute of a struct that names its table, and its argument.
    #[serde(default)]
    pub table_attribute: Option<(String, String)>,
    /// The attribute of a struct around which a module of models is generated, and its argument
    /// that names the table.
    #[serde(default)]
    pub models: Option<(String, String)>,
    /// The types that are generated beside such a struct.
    #[serde(default)]
    pub model_types: WordList,
    /// Methods that give such a struct as one of these, to be saved.
    #[serde(default)]
    pub as_model: WordList,
    /// What the functions and methods of these types start.
    #[serde(default)]
    pub model_starts: BTreeMap<String, ModelStart>,
    /// Methods of a row that look for those of another model which belong to it.
    #[serde(default)]
    pub related: WordList,
    /// The function of a model that starts a look for all of its rows.
    #[serde(default)]
    pub all_rows: Option<String>,
    /// What running a statement of a model gives, by the method; `A` is the model.
    #[serde(default)]
    pub gives: BTreeMap<String, WrittenType>,
    /// Methods that make a statement ask how many rows there are.
    #[serde(default)]
    pub counts: WordList,
    /// Methods after which a statement gives something else than the model.
    #[serde(default)]
    pub reshapes: WordList,
    /// Functions and methods of its types that are given a statement, which takes the place of what was there.
    #[serde(default)]
    pub given: WordList,
    /// Functions and macros that are given SQL.
    #[serde(default)]
    pub texts: WordList,
    /// Types of values that are a statement made of a text.
    #[serde(default)]
    pub text_types: WordList,
    /// Functions that are given the beginning of a statement.
    #[serde(default)]
    pub partial_texts: WordList,
    /// Macros that are given a file of SQL.
    #[serde(default)]
    pub files: WordList,
    /// Functions that start an insert.
    #[serde(default)]
    pub inserts: WordList,
    /// Functions that start an insert that leaves alone what is there.
    #[serde(default)]
    pub inserts_or_ignores: WordList,
    /// Functions that start an insert that replaces what is there.
    #[serde(default)]
    pub replaces: WordList,
    /// Functions that start an update.
    #[serde(default)]
    pub updates: WordList,
    /// Functions that start a delete.
    #[serde(default)]
    pub deletes: WordList,
    /// Methods that give the next parameter.
    #[serde(default)]
    pub binds: WordList,
    /// Methods that add to the text.
    #[serde(default)]
    pub pushes: WordList,
    /// Those of the methods that add a parameter that add its place to the text too.
    #[serde(default)]
    pub pushes_bound: WordList,
    /// Methods that add something to the text which is not looked into.
    #[serde(default)]
    pub pushes_unseen: WordList,
    /// Methods that say what is written.
    #[serde(default)]
    pub sets: WordList,
    /// Methods that say which rows.
    #[serde(default)]
    pub filters: WordList,
    /// Methods of a column that compare it, or set it.
    #[serde(default)]
    pub compares: WordList,
    /// Methods of a column that hold where it is another one.
    #[serde(default)]
    pub differs: WordList,
    /// Methods that name the columns of a conflict.
    #[serde(default)]
    pub conflicts: WordList,
    /// Methods that leave alone what is there.
    #[serde(default)]
    pub conflict_nothing: WordList,
    /// Methods that change what is there.
    #[serde(default)]
    pub conflict_updates: WordList,
    /// Methods that bring in another table.
    #[serde(default)]
    pub joins: WordList,
    /// Methods that run a statement.
    #[serde(default)]
    pub runs: WordList,
    /// Those of them that fail where there is no row.
    #[serde(default)]
    pub ones: WordList,
}

/// A type as the catalogue writes it.
#[derive(Clone, Debug)]
pub struct WrittenType(pub TypeRef);

impl<'de> Deserialize<'de> for WrittenType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        crate::read::rust::parse_type(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("no type: {text}")))
    }
}

/// A statement that a function of a model starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ModelStart {
    /// It reads.
    Select,
    /// It adds a row.
    Insert,
    /// It changes rows.
    Update,
    /// It adds or changes a row.
    Upsert,
    /// It removes rows.
    Delete,
}

/// Functions of databases, by their names with the schema.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlFunctions {
    /// They put a message into a queue.
    pub publish: WordList,
    /// They take something away for good.
    pub delete: WordList,
    /// They read, or hide what is read for a while.
    pub read: WordList,
    /// They change something wherever they are called.
    pub changing: WordList,
    /// Schemas whose functions act by their name alone.
    pub schemas: WordList,
    /// First words of the names of functions that write, beside [`EffectRules::acting_words`].
    pub writing_words: WordList,
}

/// What the methods of a library change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRules {
    /// The crate.
    #[serde(rename = "crate")]
    pub krate: String,
    /// They ask for something, and may be repeated.
    #[serde(default)]
    pub asks: WordList,
    /// They read.
    #[serde(default)]
    pub read: WordList,
    /// They set something to a value.
    #[serde(default)]
    pub set: WordList,
    /// They remove something.
    #[serde(default)]
    pub remove: WordList,
    /// They give what they remove, or tell that it was not there.
    #[serde(default)]
    pub take: WordList,
    /// They take out the next one there is.
    #[serde(default)]
    pub pop: WordList,
    /// They add a record.
    #[serde(default)]
    pub insert: WordList,
    /// They change a record.
    #[serde(default)]
    pub update: WordList,
    /// They count.
    #[serde(default)]
    pub count: WordList,
    /// They add to the end.
    #[serde(default)]
    pub append: WordList,
    /// Of these the key is the second argument, behind a transaction or a family of columns.
    #[serde(default)]
    pub second_key: WordList,
    /// They run a program in the store, which may do anything.
    #[serde(default)]
    pub scripts: WordList,
}

impl EffectRules {
    /// How a crate builds statements.
    #[must_use]
    pub fn statements_of(&self, krate: &str) -> Option<&StatementRules> {
        self.statements.iter().find(|rules| rules.krate == krate)
    }

    /// What the methods of a crate change.
    #[must_use]
    pub fn calls_of(&self, krate: &str) -> Option<&CallRules> {
        self.calls.iter().find(|rules| rules.krate == krate)
    }
}
