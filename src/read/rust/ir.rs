//! What later stages see of a Rust file: items, signatures, and bodies as expression arenas.
//! Owned, `Send`, without syntax; ranges are bytes in the file it was read from.

use crate::read::sql::SchemaChange;
use serde::Serialize;
use smol_str::SmolStr;

/// A byte range in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TextRange {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A whole file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RustFile {
    /// The items at the top, in order.
    pub items: Vec<Item>,
    /// What its migrations change of tables, in order.
    pub migrations: Vec<SchemaChange>,
    /// The tables of its entities.
    pub entities: Vec<SchemaChange>,
}

/// An item.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Its name; empty for `use` and `impl`.
    pub name: SmolStr,
    /// The name, or the first token where there is none.
    pub range: TextRange,
    /// Compiled for tests only: `#[cfg(test)]`, `#[test]` and the like.
    pub test_only: bool,
    /// Its attributes; each derive stands for itself.
    pub attributes: Vec<Attribute>,
    /// The rest.
    pub kind: ItemKind,
}

/// An attribute, or one of the derives.
#[derive(Clone, Debug, Serialize)]
pub struct Attribute {
    /// Its name as written.
    pub path: Path,
    /// Its arguments, in order.
    pub args: Vec<AttributeArg>,
}

impl Attribute {
    /// The argument of a name.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&AttributeValue> {
        let found = self.args.iter().find(|arg| arg.name == name)?;
        Some(&found.value)
    }

    /// The first argument without a name.
    #[must_use]
    pub fn unnamed(&self) -> Option<&AttributeValue> {
        self.arg("")
    }
}

/// `name = value`, `name(..)`, `name`, or a value alone.
#[derive(Clone, Debug, Serialize)]
pub struct AttributeArg {
    /// Its name; empty where a value stands alone.
    pub name: SmolStr,
    /// Its value.
    pub value: AttributeValue,
}

/// The value of an attribute's argument.
#[derive(Clone, Debug, Serialize)]
pub enum AttributeValue {
    /// A name alone.
    Flag,
    /// A string literal.
    Text(String),
    /// A path: a constant, a type, a function.
    Path(Path),
    /// A whole number.
    Whole(i64),
    /// `name(..)`.
    List(Vec<AttributeArg>),
    /// Something else.
    Other,
}

/// The kinds of items that matter.
#[derive(Clone, Debug, Serialize)]
pub enum ItemKind {
    /// Each name that a `use` brings in.
    Use(Vec<Import>),
    /// `extern crate a as b`: the crate's name.
    ExternCrate(SmolStr),
    /// A module: its `#[path]`, and its items where they stand in this file.
    Module {
        /// The `#[path = ".."]` of a module in another file.
        path: Option<String>,
        /// The items, if written here.
        items: Option<Vec<Item>>,
    },
    /// A struct or union: field names (`0`, `1`.. for tuple structs) and types.
    Struct {
        /// Generic parameters.
        generics: Generics,
        /// The fields.
        fields: Vec<(SmolStr, TypeRef)>,
        /// Where the fields come from that settings are read into.
        settings: Vec<FieldSetting>,
    },
    /// An enum: for each variant its name and fields.
    Enum {
        /// Generic parameters.
        generics: Generics,
        /// The variants.
        variants: Vec<(SmolStr, Vec<(SmolStr, TypeRef)>)>,
    },
    /// `type A<..> = ..`.
    Alias {
        /// Generic parameters.
        generics: Generics,
        /// What it stands for.
        target: TypeRef,
    },
    /// A constant or static.
    Constant {
        /// Its type.
        ty: TypeRef,
        /// Its value; absent for an associated constant without one.
        value: Option<Box<Body>>,
    },
    /// A function.
    Function(Box<Function>),
    /// An inherent or trait implementation.
    Impl {
        /// Generic parameters.
        generics: Generics,
        /// The trait, if any.
        implements: Option<Path>,
        /// The type.
        self_type: TypeRef,
        /// Functions, constants and types inside.
        items: Vec<Item>,
    },
    /// A trait.
    Trait {
        /// Generic parameters.
        generics: Generics,
        /// The traits that whatever has it has too.
        supertraits: Vec<Path>,
        /// Functions, constants and types inside.
        items: Vec<Item>,
    },
    /// `macro_rules!`.
    MacroRules {
        /// Its arms, as far as their templates are expressions or statements.
        arms: Vec<MacroArm>,
        /// Its arms, where it writes functions.
        items: Vec<ItemArm>,
    },
    /// A macro called where an item stands.
    MacroCall(Box<ItemCall>),
}

/// Where a field comes from that a setting is read into, as its attributes say:
/// `#[arg(env = "STOCK_URL", default_value = "http://localhost:8080")]`.
#[derive(Clone, Debug, Serialize)]
pub struct FieldSetting {
    /// The field.
    pub field: SmolStr,
    /// The variable of the environment.
    pub variable: Option<SmolStr>,
    /// What it is without one, where that is a text.
    pub default: Option<SmolStr>,
    /// The function that gives what it is without one: `#[serde(default = "path::of")]`.
    pub default_function: Option<SmolStr>,
}

/// A macro called where an item stands.
#[derive(Clone, Debug, Serialize)]
pub struct ItemCall {
    /// The macro.
    pub path: Path,
    /// What it is given, as text; none where that is long.
    pub tokens: Option<String>,
    /// What it stands for, once that was asked.
    #[serde(skip)]
    pub items: std::sync::OnceLock<Vec<Item>>,
}

/// One arm of a `macro_rules!` that writes items, as text.
#[derive(Clone, Debug, Serialize)]
pub struct ItemArm {
    /// What it matches.
    pub pattern: String,
    /// What it becomes.
    pub template: String,
}

/// One arm of a `macro_rules!`.
#[derive(Clone, Debug, Serialize)]
pub struct MacroArm {
    /// The names of its fragments, in order.
    pub fragments: Vec<SmolStr>,
    /// Its template, where `$name` is the variable `name` and a repetition stands once.
    pub template: Body,
}

/// One name that a `use` brings into scope.
#[derive(Clone, Debug, Serialize)]
pub struct Import {
    /// The path as written, `self` and `crate` included; a crate that is named as `::name` keeps the sign.
    pub path: Vec<SmolStr>,
    /// The name in scope; `*` for everything.
    pub name: SmolStr,
    /// `pub use`.
    pub public: bool,
}

/// Generic parameters with their trait bounds, `where` clauses included.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Generics {
    /// Type parameters in order, each with the traits it must implement.
    pub parameters: Vec<(SmolStr, Vec<Path>)>,
}

/// A function or method.
#[derive(Clone, Debug, Serialize)]
pub struct Function {
    /// Generic parameters.
    pub generics: Generics,
    /// `async fn`.
    pub is_async: bool,
    /// Whether it takes `self`.
    pub has_self: bool,
    /// Parameters other than `self`.
    pub parameters: Vec<(Pat, TypeRef)>,
    /// The declared return type; the unit type where none is written.
    pub returns: TypeRef,
    /// The body; absent for a trait's required method.
    pub body: Option<Body>,
}

/// Index of an expression in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ExprId(pub u32);

/// The expressions of one function, closures and async blocks included.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Body {
    /// Children stand before their parents.
    pub exprs: Vec<Expr>,
    /// The last one.
    pub root: Option<ExprId>,
}

impl Body {
    /// The expression behind an id.
    #[must_use]
    pub fn get(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// What an expression is made of, itself left out, the last first.
    pub fn within(&self, id: ExprId) -> impl Iterator<Item = &Expr> {
        let around = self.get(id).range;
        let before = self.exprs[..id.0 as usize].iter().rev();
        before.take_while(move |expr| {
            expr.range.start >= around.start && expr.range.end <= around.end
        })
    }

    /// Every expression with its id, children first.
    pub fn iter(&self) -> impl Iterator<Item = (ExprId, &Expr)> {
        self.exprs
            .iter()
            .enumerate()
            .map(|(i, expr)| (ExprId(crate::source::offset(i)), expr))
    }
}

/// An expression.
#[derive(Clone, Debug, Serialize)]
pub struct Expr {
    /// Its bytes.
    pub range: TextRange,
    /// What it is.
    pub kind: ExprKind,
}

/// The kinds of expressions. References, parentheses and dereferences are not there: the value
/// is what matters.
#[derive(Clone, Debug, Serialize)]
pub enum ExprKind {
    /// A variable, constant, function or unit value.
    Path(Path),
    /// A string literal.
    Str(String),
    /// A whole number.
    Int(u64),
    /// `true` or `false`.
    Bool(bool),
    /// Another literal.
    Literal,
    /// `callee(args)`.
    Call {
        /// What is called.
        callee: ExprId,
        /// The arguments.
        args: Vec<ExprId>,
    },
    /// `receiver.name::<..>(args)`.
    Method {
        /// The receiver.
        receiver: ExprId,
        /// The method.
        name: SmolStr,
        /// The bytes of its name.
        name_range: TextRange,
        /// The types given with `::<..>`.
        turbofish: Vec<TypeRef>,
        /// The arguments.
        args: Vec<ExprId>,
    },
    /// `base.name`.
    Field {
        /// The value.
        base: ExprId,
        /// The field's name or number.
        name: SmolStr,
    },
    /// `value.await`.
    Await(ExprId),
    /// `value?`.
    Try(ExprId),
    /// `left op right`, and other operators on their operands.
    Operator {
        /// What it does.
        kind: OperatorKind,
        /// One operand or two.
        operands: Vec<ExprId>,
    },
    /// `target = value` and `target += value`.
    Assign {
        /// What is set.
        target: ExprId,
        /// The value.
        value: ExprId,
        /// `+=` and the like: the value that was there counts.
        changes: bool,
    },
    /// A block.
    Block(Block),
    /// An async block: its value is a future.
    Async(Block),
    /// A closure.
    Closure {
        /// Its parameters.
        parameters: Vec<(Pat, Option<TypeRef>)>,
        /// Its body.
        body: ExprId,
        /// `async || ..`.
        is_async: bool,
    },
    /// `if`.
    If {
        /// The condition, `let` chains included.
        condition: ExprId,
        /// When it holds.
        then: ExprId,
        /// When not.
        otherwise: Option<ExprId>,
    },
    /// `let pat = value` inside a condition.
    Let {
        /// The pattern.
        pat: Pat,
        /// The value.
        value: ExprId,
    },
    /// `match`.
    Match {
        /// What is looked at.
        value: ExprId,
        /// Pattern, guard, body.
        arms: Vec<(Pat, Option<ExprId>, ExprId)>,
    },
    /// `loop`, `while` and `for`: for the last the pattern; the header; the body.
    Loop {
        /// The pattern of `for`.
        pat: Option<Pat>,
        /// The condition of `while`, the iterator of `for`.
        header: Option<ExprId>,
        /// What is repeated.
        body: ExprId,
    },
    /// `Path { field: value, ..rest }`.
    Struct {
        /// The type or variant.
        path: Path,
        /// The fields that are given.
        fields: Vec<(SmolStr, ExprId)>,
        /// The base of the others.
        rest: Option<ExprId>,
    },
    /// `(a, b)`.
    Tuple(Vec<ExprId>),
    /// `[a, b]`.
    Array(Vec<ExprId>),
    /// `base[index]`.
    Index {
        /// The collection.
        base: ExprId,
        /// The index.
        index: ExprId,
    },
    /// `value as Type`.
    Cast {
        /// The value.
        value: ExprId,
        /// The type.
        ty: TypeRef,
    },
    /// `return`, `break`, `continue`, with the value of the first two.
    Jump {
        /// Whether what is around it is left.
        leaves: bool,
        /// Whether it leaves the function.
        returns: bool,
        /// Whether it names what it leaves: `break 'outer`.
        labelled: bool,
        /// The value.
        value: Option<ExprId>,
    },
    /// `from..to`.
    Range {
        /// The first.
        from: Option<ExprId>,
        /// The end.
        to: Option<ExprId>,
        /// `..=`.
        inclusive: bool,
    },
    /// A macro: the expressions among its arguments, in order.
    Macro {
        /// Its path.
        path: Path,
        /// Types among the arguments (`query_as!(User, ..)`).
        types: Vec<TypeRef>,
        /// Expressions among the arguments.
        args: Vec<ExprId>,
    },
    /// An argument of a macro with a name: `base = url`.
    Named {
        /// Its name.
        name: SmolStr,
        /// What it names.
        value: ExprId,
    },
    /// Something that is not looked into.
    Opaque,
}

/// What an operator does, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OperatorKind {
    /// `==`.
    Equal,
    /// `!=`.
    Unequal,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    More,
    /// `>=`.
    AtLeast,
    /// `&&`, `&`.
    And,
    /// `||`, `|`.
    Or,
    /// `!`.
    Not,
    /// `+`, `-`.
    Sum,
    /// `*`, `|` and the rest.
    Other,
}

impl OperatorKind {
    /// Whether it compares its operands.
    #[must_use]
    pub fn compares(self) -> bool {
        !matches!(
            self,
            Self::And | Self::Or | Self::Not | Self::Sum | Self::Other
        )
    }

    /// Whether a comparison with a number holds where there is something, or where there is nothing: `count > 0`, `count != 1`.
    /// None where it says neither.
    #[must_use]
    pub fn counts(self, number: u64) -> Option<bool> {
        match (self, number) {
            (Self::Equal | Self::AtLeast, 1) | (Self::Unequal | Self::More, 0) => Some(true),
            (Self::Equal | Self::AtMost, 0) | (Self::Unequal | Self::Less, 1) => Some(false),
            _ => None,
        }
    }

    /// The same comparison with its operands the other way round.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Less => Self::More,
            Self::More => Self::Less,
            Self::AtMost => Self::AtLeast,
            Self::AtLeast => Self::AtMost,
            other => other,
        }
    }
}

/// Statements and the value at the end.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Block {
    /// The statements.
    pub statements: Vec<Statement>,
    /// The value, if the block has one.
    pub value: Option<ExprId>,
}

/// A statement.
#[derive(Clone, Debug, Serialize)]
pub enum Statement {
    /// `let pat: ty = value else { otherwise }`.
    Let {
        /// The pattern.
        pat: Pat,
        /// The type, if written.
        ty: Option<TypeRef>,
        /// The value, if given.
        value: Option<ExprId>,
        /// The `else` block.
        otherwise: Option<ExprId>,
    },
    /// An expression for its effect.
    Expr(ExprId),
    /// An item inside the body.
    Item(Box<Item>),
}

/// A pattern, down to the names it binds.
#[derive(Clone, Debug, Serialize)]
pub enum Pat {
    /// A name, and what it is bound to in turn (`a @ ..`).
    Bind(SmolStr, Option<Box<Pat>>, bool),
    /// `(a, b)`.
    Tuple(Vec<Pat>),
    /// `Path(a, b)`.
    TupleStruct(Path, Vec<Pat>),
    /// `Path { field: pat }`.
    Struct(Path, Vec<(SmolStr, Pat)>),
    /// `a | b`.
    Or(Vec<Pat>),
    /// `pat: Type`.
    Typed(Box<Pat>, TypeRef),
    /// A whole number.
    Int(u64),
    /// Another value that is written out, or a range of them.
    Literal,
    /// Another pattern without names.
    Other,
}

/// A type as written.
#[derive(Clone, Debug, Serialize)]
pub enum TypeRef {
    /// A named type.
    Path(Path),
    /// A tuple; the unit type is the empty one.
    Tuple(Vec<TypeRef>),
    /// A slice or array.
    Slice(Box<TypeRef>),
    /// `impl Trait` or `dyn Trait`.
    Traits(Vec<Path>),
    /// `_`, `!`, pointers to functions and what else carries no name.
    Other,
}

/// A path as written.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Path {
    /// `<T as ..>::` at the front: the type.
    pub self_type: Option<Box<TypeRef>>,
    /// Starts with `::`.
    pub global: bool,
    /// The segments.
    pub segments: Vec<Segment>,
}

impl Path {
    /// The name at the end.
    #[must_use]
    pub fn last(&self) -> &str {
        self.segments
            .last()
            .map_or("", |segment| segment.name.as_str())
    }

    /// The names of the segments, joined as they are written.
    #[must_use]
    pub fn written(&self) -> SmolStr {
        match self.segments.as_slice() {
            [only] => only.name.clone(),
            all => {
                let names: Vec<&str> = all.iter().map(|segment| segment.name.as_str()).collect();
                SmolStr::new(names.join("::"))
            }
        }
    }

    /// The only segment of a one-segment path: a possible variable.
    #[must_use]
    pub fn as_name(&self) -> Option<&SmolStr> {
        match self.segments.as_slice() {
            [only] if !self.global && self.self_type.is_none() => Some(&only.name),
            _ => None,
        }
    }
}

/// One segment of a path.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Segment {
    /// The name.
    pub name: SmolStr,
    /// What stands in `<..>`; hardly any segment has it.
    pub generic: Option<Box<GenericArguments>>,
}

impl Segment {
    /// The types in `<..>`; for `Fn(A, B)` one tuple.
    #[must_use]
    pub fn args(&self) -> &[TypeRef] {
        self.generic.as_ref().map_or(&[], |given| &given.args)
    }

    /// `Output = T` in `<..>`, and the return type of `Fn(A) -> T` under that name.
    #[must_use]
    pub fn bindings(&self) -> &[(SmolStr, TypeRef)] {
        self.generic.as_ref().map_or(&[], |given| &given.bindings)
    }
}

/// What stands in the `<..>` of a segment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GenericArguments {
    /// See [`Segment::args`].
    pub args: Vec<TypeRef>,
    /// See [`Segment::bindings`].
    pub bindings: Vec<(SmolStr, TypeRef)>,
}
