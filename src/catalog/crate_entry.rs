//! What an entry of `rules/catalog/rust/*.yaml` may say; CONTRIBUTING.md lists it for people.

use crate::model::{CallKind, GuardKind, Store};
use schemars::JsonSchema;
use serde::Deserialize;

/// One crate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrateEntry {
    /// The crate's name in code; a trailing `*` stands for the rest (`aws_sdk_*`).
    #[serde(rename = "crate")]
    pub name: String,
    /// Where its documentation is.
    #[serde(default)]
    pub docs: String,
    /// Free functions.
    #[serde(default)]
    pub functions: Vec<FunctionEntry>,
    /// Types and traits.
    #[serde(default)]
    pub types: Vec<TypeEntry>,
    /// Modules of it that are another crate's: `paperclip::actix::web` is `actix_web::web`.
    #[serde(default)]
    pub reexports: std::collections::BTreeMap<String, String>,
    /// By feature, the store that a program built with it uses the crate for: the types do not say it.
    #[serde(default)]
    pub features: std::collections::BTreeMap<String, Store>,
    /// Macros.
    #[serde(default)]
    pub macros: Vec<MacroEntry>,
    /// Methods that any type may have, and that are I/O by what they are given.
    #[serde(default)]
    pub extensions: Vec<ExtensionEntry>,
    /// Attributes that make a function the handler of a route.
    #[serde(default)]
    pub attributes: Vec<AttributeEntry>,
    /// Code that must give exactly these calls and guards.
    #[serde(default)]
    pub hit: Vec<Proof>,
    /// Code that looks alike and must give no call.
    #[serde(default)]
    pub miss: Vec<String>,
}

/// A piece of Rust and what must be found in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A whole file.
    pub code: String,
    /// The calls, each as `kind` or `kind+guard+guard`, in order.
    #[serde(default)]
    pub calls: Vec<String>,
    /// The routes, each as `METHOD /path`, sorted.
    #[serde(default)]
    pub routes: Vec<String>,
}

/// One name or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// The names.
    #[must_use]
    pub fn list(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// Which call a wrapper's guard protects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WrapTarget {
    /// What runs in its arguments.
    #[default]
    Arguments,
    /// The future or closure it is called on.
    Receiver,
}

/// When a method of an option or result runs the closure that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunsWhen {
    /// Where there is something: `map`.
    Something,
    /// Where there is nothing: `unwrap_or_else`.
    Nothing,
}

/// What a method does to a collection that the process keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keeping {
    /// Something is put under a key, whatever was there: `map.insert(key, value)`.
    Put,
    /// Something is added unless it is there: `set.insert(value)`.
    Add,
    /// Something is added: `list.push(value)`.
    Push,
    /// The next one is taken out: `list.pop()`.
    Take,
    /// What has a key or a quality is removed: `map.remove(&key)`.
    Drop,
    /// What stands at a place is removed, and what is behind it moves up: `list.remove(index)`.
    Shift,
    /// It is looked for a key: `map.get(&key)`.
    Find,
    /// It is looked for a quality: `list.iter().any(|one| one.name == name)`.
    Ask,
    /// It says how many there are.
    Number,
    /// A number is counted on: whatever is given back is another one each time.
    Count,
}

/// What a function or method does; every field but the name may be left out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MethodEntry {
    /// Its names; `*` stands for every name that no other entry has.
    pub name: Names,
    /// The type it gives. `Self`, `T` and `U` (the receiver's type arguments), `R` (what the
    /// closure gives) have their usual meaning; futures are left out.
    #[serde(default)]
    pub returns: Option<String>,
    /// It does I/O of this kind.
    #[serde(default)]
    pub io: Option<CallKind>,
    /// The HTTP method it stands for: `name` for its own name, `first` for its first argument.
    #[serde(default)]
    pub http_method: Option<String>,
    /// Which argument names the target (URL, topic, queue); `name` takes the method's own name.
    #[serde(default)]
    pub target: Option<TargetFrom>,
    /// It starts a client or builder: none of the guards is there but these defaults.
    #[serde(default)]
    pub fresh: Option<Vec<GuardKind>>,
    /// A client among its arguments does the I/O, and none of its own.
    #[serde(default)]
    pub through_argument: bool,
    /// It sets a guard on the client, builder or request.
    #[serde(default)]
    pub sets: Option<GuardKind>,
    /// It sets a part of what a guard is for: whether that is enough is not known.
    #[serde(default)]
    pub partly: Option<GuardKind>,
    /// It puts its first argument around the client: the guard is the one of that type.
    #[serde(default)]
    pub adds_layer: bool,
    /// It puts a guard around the client that is to come: what was put before stays outside.
    #[serde(default)]
    pub surrounds: Option<GuardKind>,
    /// It puts its arguments, middlewares, around the handlers of a router.
    #[serde(default)]
    pub layers_handlers: bool,
    /// What is passed in runs under all the guards that were put on it.
    #[serde(default)]
    pub wraps_layers: bool,
    /// What is passed in runs under this guard.
    #[serde(default)]
    pub wraps: Option<GuardKind>,
    /// What the guard protects.
    #[serde(default)]
    pub wraps_target: WrapTarget,
    /// How the guard that it wraps, sets or describes is set.
    #[serde(default)]
    pub settings: Option<SettingsEntry>,
    /// Guards that the library gives by itself from a version on.
    #[serde(default)]
    pub defaults_since: Option<DefaultsSince>,
    /// What it gives guards everything until the end of the block: a permit.
    #[serde(default)]
    pub holds: Option<GuardKind>,
    /// It answers something else where the call that it is called on failed.
    #[serde(default)]
    pub falls_back: bool,
    /// Its first argument names a header of the request, or brings headers that are not seen.
    #[serde(default)]
    pub header: Option<HeaderFrom>,
    /// Its first argument is the body of the request.
    #[serde(default)]
    pub body: bool,
    /// It runs the futures it is given at the same time, however many they are.
    #[serde(default)]
    pub fans_out: bool,
    /// Its first argument lists the topics that messages will be taken from.
    #[serde(default)]
    pub subscribes: bool,
    /// Its two arguments are the name and the value of a setting.
    #[serde(default)]
    pub configures: bool,
    /// It makes the broker confirm what it is sent.
    #[serde(default)]
    pub confirms: bool,
    /// It puts something into a queue in memory that has no bound.
    #[serde(default)]
    pub fills: bool,
    /// It hands an item over to whoever takes it from the other end of a channel.
    #[serde(default)]
    pub hands_over: bool,
    /// It hands an item to all who listen just now: where nobody does anything with it, nothing is lost.
    #[serde(default)]
    pub announces: bool,
    /// It hands something over to whoever does it: who that is, is not seen.
    #[serde(default)]
    pub unseen: bool,
    /// It hands a message to an actor: what that does with it stands in the actor's implementation of a trait for messages of
    /// this type. `send` waits for what comes of it.
    #[serde(default)]
    pub delivers: bool,
    /// It runs the mutations of the GraphQL schema that it is called on or given: the second of its type arguments.
    #[serde(default)]
    pub mutates: bool,
    /// It begins a session that the server keeps, where the system has a store for them.
    #[serde(default)]
    pub begins_session: bool,
    /// It takes an item that was handed over.
    #[serde(default)]
    pub takes: bool,
    /// What text it gives, where it is made of one.
    #[serde(default)]
    pub text: Option<TextFrom>,
    /// It adds a command to those that are run later: its name, or the text that it is given.
    #[serde(default)]
    pub queues: bool,
    /// Whether it runs the closure that it is given where there is something, or where there is nothing.
    #[serde(default)]
    pub runs_when: Option<RunsWhen>,
    /// What it does to a collection that the process keeps from one request to the next.
    #[serde(default)]
    pub keeps: Option<Keeping>,
    /// What it gives lies in what it is called on.
    #[serde(default)]
    pub within: bool,
    /// What it gives is shared by all that hold what it is called on: what is behind a lock.
    #[serde(default)]
    pub unlocks: bool,
    /// The static or field that it is called on holds what it is given.
    #[serde(default)]
    pub fills_cell: bool,
    /// It changes what it is called on: the variable holds what it sets.
    #[serde(default)]
    pub in_place: bool,
    /// What is set on the request that it is given counts for this call too.
    #[serde(default)]
    pub with_argument: bool,
    /// It runs the statement that it is given or called on, without a call that leaves the process.
    #[serde(default)]
    pub runs: bool,
    /// It takes this guard away, where what it is given is without it.
    #[serde(default)]
    pub lifts: Option<GuardKind>,
    /// The types of a closure's parameters.
    #[serde(default)]
    pub closure: Vec<String>,
    /// What it does to a router.
    #[serde(default)]
    pub route: Option<RouteEntry>,
}

/// What a function or method does to a router, to one of its paths, or to a filter.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteEntry {
    /// It starts a router of its own, and does not go on with the one it is called on.
    #[serde(default)]
    pub starts: bool,
    /// The argument that names the path: of what is added, or of the router where nothing is.
    #[serde(default)]
    pub path: Option<Argument>,
    /// The path, where it is always the same.
    #[serde(default)]
    pub at: Option<String>,
    /// The HTTP method: in capitals, `name` for its own name, `first` for its first argument.
    #[serde(default)]
    pub method: Option<String>,
    /// The argument that is a handler.
    #[serde(default)]
    pub handler: Option<Argument>,
    /// The argument that is a router, the handlers of one path, or functions whose attributes
    /// name their routes.
    #[serde(default)]
    pub routes: Option<Argument>,
    /// The handler takes its path in a parameter whose type has this attribute.
    #[serde(default)]
    pub typed: Option<String>,
    /// Its argument is a filter: what both ask for must hold.
    #[serde(default)]
    pub joins: bool,
    /// Its argument is a filter: the one or the other must hold.
    #[serde(default)]
    pub alternative: bool,
    /// It gives a router to the function that it is passed.
    #[serde(default)]
    pub configures: bool,
    /// It only describes the router: what nothing else takes in is not served.
    #[serde(default)]
    pub describes: bool,
    /// It puts its arguments, middleware, around handlers.
    #[serde(default)]
    pub layers: Option<LayerScope>,
}

/// Which handlers of a router a middleware is put around.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LayerScope {
    /// Those that are there already.
    Before,
    /// All, those to come too.
    All,
}

/// An argument by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Argument {
    /// The first.
    First,
    /// The second.
    Second,
    /// Every one.
    All,
}

/// An attribute that makes a function the handler of a route.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeEntry {
    /// Its paths.
    pub path: Names,
    /// Where its HTTP method stands.
    pub method: MethodFrom,
    /// The argument that holds the route's path; empty for the one without a name.
    pub route: String,
    /// The argument that holds what stands before that path.
    #[serde(default)]
    pub prefix: Option<String>,
    /// The attribute of the `impl` around it that holds what stands before that path, and its
    /// argument.
    #[serde(default)]
    pub impl_prefix: Option<(String, String)>,
    /// The argument that says when its turn comes among routes of one path: one that has it answers
    /// only what those without it, and those with a lower one, let pass.
    #[serde(default)]
    pub rank: Option<String>,
    /// It only describes: where another attribute names the route, that counts.
    #[serde(default)]
    pub describes: bool,
}

/// Where an attribute names the HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MethodFrom {
    /// It is its own name.
    Name,
    /// In its arguments called `method`.
    Argument,
    /// One of its arguments is the method's name.
    Flag,
}

/// How a guard is set.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsEntry {
    /// The argument that says how long a timeout is.
    #[serde(default)]
    pub limit: Option<TargetFrom>,
    /// A timeout's length in milliseconds, where it is always the same.
    #[serde(default)]
    pub limit_ms: Option<u64>,
    /// How often a retry calls: a number, `first` (the first argument), `first+1`, `unlimited`.
    #[serde(default)]
    pub attempts: Option<AttemptsEntry>,
    /// Whether a retry waits between attempts.
    #[serde(default)]
    pub pauses: Option<bool>,
    /// A retry repeats only what cannot have been done.
    #[serde(default)]
    pub only_unapplied: bool,
    /// A retry asks about the error before it calls again.
    #[serde(default)]
    pub selective: bool,
}

/// Guards that a library gives by itself from a version on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefaultsSince {
    /// The first version that does: `1.0.0`.
    pub version: String,
    /// The guards.
    pub guards: Vec<GuardKind>,
    /// How they are set.
    #[serde(default)]
    pub settings: Option<SettingsEntry>,
}

/// How often a retry calls, the first time included.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AttemptsEntry {
    /// So often.
    Fixed(u32),
    /// As an argument says.
    From(AttemptsFrom),
}

/// Where the number of attempts stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AttemptsFrom {
    /// The first argument.
    #[serde(rename = "first")]
    First,
    /// The first argument counts the repetitions.
    #[serde(rename = "first+1")]
    FirstPlusOne,
    /// There is no end.
    #[serde(rename = "unlimited")]
    Unlimited,
}

/// What a method says of the headers of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderFrom {
    /// The first argument is a header's name.
    First,
    /// Headers that are not seen.
    Unseen,
}

/// What text a method gives.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum TextFrom {
    /// That of its first argument.
    First,
    /// That of the receiver and its first argument, as an address with a path below it.
    Join,
}

/// Where the target of a call is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetFrom {
    /// The first argument.
    First,
    /// The second argument.
    Second,
    /// The method's own name.
    Name,
}

/// A free function.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FunctionEntry {
    /// Its path.
    pub path: String,
    /// What it does.
    #[serde(flatten)]
    pub does: FunctionEffect,
}

/// [`MethodEntry`] without a name.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct FunctionEffect {
    /// See [`MethodEntry::returns`].
    #[serde(default)]
    pub returns: Option<String>,
    /// See [`MethodEntry::io`].
    #[serde(default)]
    pub io: Option<CallKind>,
    /// See [`MethodEntry::target`].
    #[serde(default)]
    pub target: Option<TargetFrom>,
    /// See [`MethodEntry::fresh`].
    #[serde(default)]
    pub fresh: Option<Vec<GuardKind>>,
    /// See [`MethodEntry::wraps`].
    #[serde(default)]
    pub wraps: Option<GuardKind>,
    /// See [`MethodEntry::settings`].
    #[serde(default)]
    pub settings: Option<SettingsEntry>,
    /// See [`MethodEntry::fans_out`].
    #[serde(default)]
    pub fans_out: bool,
    /// See [`MethodEntry::route`].
    #[serde(default)]
    pub route: Option<RouteEntry>,
    /// See [`MethodEntry::mutates`].
    #[serde(default)]
    pub mutates: bool,
    /// It makes a queue in memory that has no bound.
    #[serde(default)]
    pub unbounded: bool,
    /// The product outside that the program uses from then on, as `rules/catalog/outside.yaml` calls it.
    #[serde(default)]
    pub begins_use_of: Option<String>,
    /// It reads the environment variable that its first argument names.
    #[serde(default)]
    pub reads_environment: bool,
    /// It makes a duration out of a number of this many milliseconds.
    #[serde(default)]
    pub milliseconds: Option<u64>,
}

/// A macro.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroEntry {
    /// Its paths.
    pub path: Names,
    /// The type of its value.
    #[serde(default)]
    pub returns: Option<String>,
    /// It generates the module it stands in.
    #[serde(default)]
    pub generates: bool,
    /// Its arguments are the segments of a route's path.
    #[serde(default)]
    pub names_path: bool,
    /// Its first argument is a router and its second a path; under that it mounts what stands
    /// behind each further path: `"/orders" => orders::routes()`.
    #[serde(default)]
    pub mounts: bool,
}

/// Methods of a trait that any type may have: `query.load(connection)`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtensionEntry {
    /// Their names.
    pub name: Names,
    /// Types of this catalogue, one of which is among the arguments.
    pub given: Vec<String>,
    /// The kind of I/O.
    pub io: CallKind,
}

/// A type or trait.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeEntry {
    /// Its paths; the first is its name. A path of two segments also stands for the type in any
    /// module of the crate.
    pub path: Names,
    /// Its name needs no import.
    #[serde(default)]
    pub prelude: bool,
    /// Which type argument it dereferences to, if it does.
    #[serde(default)]
    pub deref: Option<usize>,
    /// Guards that a client of this type has unless somebody takes them away; they count where its
    /// making cannot be seen.
    #[serde(default)]
    pub defaults: Vec<GuardKind>,
    /// How those are set.
    #[serde(default)]
    pub default_settings: Option<SettingsEntry>,
    /// It is a handle of this store or broker.
    #[serde(default)]
    pub store: Option<Store>,
    /// It is a collection that is shared without a lock around it.
    #[serde(default)]
    pub shared: bool,
    /// It holds routes: a value of it that comes in by a parameter is added to.
    #[serde(default)]
    pub router: bool,
    /// To await it is I/O of this kind: a request that is its own future.
    #[serde(default)]
    pub awaits: Option<CallKind>,
    /// Middleware may be put around it: where its making cannot be seen, it may have any guard.
    #[serde(default)]
    pub layered: bool,
    /// It is a circuit breaker that may also be asked before a call and told of it afterwards.
    #[serde(default)]
    pub breaker: bool,
    /// It is a middleware that gives this guard.
    #[serde(default)]
    pub guard: Option<GuardKind>,
    /// A trait whose implementations answer calls by gRPC.
    #[serde(default)]
    pub serves: bool,
    /// A future that ends when some time has passed.
    #[serde(default)]
    pub passes_time: bool,
    /// A generated type: the suffix of its module and of its name.
    #[serde(default)]
    pub generated: Option<(String, String)>,
    /// Of a generated client, what it is made around: a type whose argument is one of these is such a client.
    #[serde(default)]
    pub carriers: Vec<String>,
    /// What a procedure answers that is called by gRPC: a function of a trait that gives it is one.
    #[serde(default)]
    pub answers: bool,
    /// Where what is generated stands in the tree: the type of the only field of such a struct.
    #[serde(default)]
    pub generated_around: Option<String>,
    /// The types of its fields, by their names.
    #[serde(default)]
    pub fields: std::collections::BTreeMap<String, String>,
    /// Its methods and associated functions.
    #[serde(default)]
    pub methods: Vec<MethodEntry>,
}
