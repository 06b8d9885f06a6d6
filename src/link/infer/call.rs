//! Function and method calls: into the system (edges), into known crates (I/O, guards, clients).

use super::effect::{Given, Receiver, may_be_absent, origin_of};
use super::expr::{MAX_DEREF, is_option, is_result};
use super::known::first_client;
use super::lineage::Lineage;
use super::passed::is_open;
use super::query::{columns_of, named_in};
use super::value::{ClientState, Pending, Value};
use super::variant::passed_variants;
use super::{BodyReader, FoundEdge, FunctionContext, named};
use crate::catalog::{Crates, listed, split_words};
use crate::link::program::{ConstantId, FunctionDef, FunctionId, TypeId, TypeShape};
use crate::link::resolve::{Namespace, Resolved};
use crate::link::types::{Type, TypeVariables, catalog_type};
use crate::model::{Knows, Origin, PassedType};
use crate::read::rust::ir::{ExprId, ExprKind, Path, TextRange, TypeRef};
use crate::source::Span;
use smol_str::SmolStr;
use std::rc::Rc;
use std::sync::Arc;

impl<'a> BodyReader<'a, '_> {
    pub(super) fn catalog_type(
        &self,
        ty: &TypeRef,
        receiver: &Type,
        closure: &Type,
        argument: &Type,
    ) -> Type {
        catalog_type(
            ty,
            TypeVariables {
                receiver,
                closure,
                argument,
            },
        )
    }

    /// `callee(args)`.
    pub(super) fn call(&mut self, id: ExprId, callee: ExprId, args: &'a [ExprId]) -> Value {
        let ExprKind::Path(path) = &self.body.get(callee).kind else {
            let pending = self.eval(callee).pending;
            self.eval_all(args);
            return Value {
                pending,
                ..Value::default()
            };
        };
        if let Some(name) = path.as_name()
            && let Some(mut value) = self.variable(name).cloned()
        {
            if let Some(named) = value.functions.clone() {
                // A function that is kept under another name.
                let values = self.eval_all(args);
                return self.local_call(&named, id, None, &values);
            }
            // A closure kept in a variable: what it gives, and what it does.
            self.eval_all(args);
            self.start_runs(&mut value.pending);
            return value;
        }
        if let ([only], [.., _, last]) = (args, path.segments.as_slice())
            && last.name == "clone"
            && !self.is_own(path)
        {
            // `Arc::clone(&value)` is the value.
            return self.eval(*only);
        }
        if self.is_of_written_type(path) {
            return self.associated_call(id, callee, path, args);
        }
        match self.callee(path) {
            Resolved::Function(function) => {
                let values = self.eval_passed(&[function], None, args);
                self.lend(args);
                self.local_call(&[function], id, None, &values)
            }
            Resolved::Member(owner, name) if self.resolver.generated(owner).is_some() => {
                let owner = self.resolver.generated(owner).unwrap_or_default();
                let full = format!("{owner}::{name}");
                self.external_call(id, callee, path, &full, args)
            }
            Resolved::Member(owner, name) => {
                let ty = Type::Local(owner, Vec::new());
                let found = self.members(owner, &name);
                let values = self.eval_passed(&found, None, args);
                self.lend(args);
                if found.is_empty()
                    && let Some(constant) = self.constant_given(owner, &name)
                {
                    return self.constant(constant);
                }
                if found.is_empty() {
                    // What a derive gives to the type; if it is awaited, it may do anything.
                    let handed = || self.handed_statement(&name, &values);
                    let query = self.table_query(owner, &name).or_else(handed);
                    let makes = name.starts_with(char::is_uppercase);
                    let seen = query.is_some() || makes || self.only_reads(&name);
                    return Value {
                        query,
                        unseen: (!seen).then(|| self.body.get(callee).range),
                        origin: origin_of(&values),
                        variant: self.variant_of(owner, &name),
                        ..Value::of(ty)
                    };
                }
                let sites = self.out.sites.len();
                let value = self.local_call(&found, id, None, &values);
                let table = self.own_table(&ty);
                if let Some(site) = self.out.sites.get_mut(sites) {
                    site.table = site.table.take().or(table);
                }
                self.choose(sites, &found, &ty);
                value
            }
            Resolved::Type(owner) => {
                let values = self.eval_all(args);
                let ty = self.type_of(&TypeRef::Path(path.clone()));
                if matches!(
                    self.resolver.program.types[owner.0].shape,
                    TypeShape::Struct(_)
                ) {
                    for (index, value) in values.iter().zip(args).enumerate() {
                        let (value, expr) = value;
                        self.learn_field(&ty, &SmolStr::new(index.to_string()), (*expr, value));
                    }
                }
                Value {
                    origin: origin_of(&values),
                    ..Value::of(ty)
                }
            }
            Resolved::External(found) => self.call_elsewhere(id, callee, (path, &found), args),
            _ => self.associated_call(id, callee, path, args),
        }
    }

    /// A call of a function of another crate, with what it means beside its value.
    fn call_elsewhere(
        &mut self,
        id: ExprId,
        callee: ExprId,
        (path, found): (&Path, &str),
        args: &'a [ExprId],
    ) -> Value {
        let calls = self.out.calls.len();
        let mut value = self.external_call(id, callee, path, found, args);
        self.finish_call((callee, found), calls, &mut value);
        if named_in(&self.catalog().effects.fill_functions, found) {
            for arg in args {
                self.collected(*arg, Origin::RANDOM.into());
            }
        }
        value
    }

    /// Whether a path names the type of the system whose function it means: `<Order as Owned>::owner`.
    fn is_of_written_type(&self, path: &Path) -> bool {
        let Some(ty) = &path.self_type else {
            return false;
        };
        let owner = self.type_of(ty);
        let name = SmolStr::new(path.last());
        matches!(owner, Type::Local(..)) && !self.methods.find(&owner, &name).is_empty()
    }

    /// The functions that `Type::name` may be.
    fn members(&self, owner: TypeId, name: &SmolStr) -> Vec<FunctionId> {
        let ty = Type::Local(owner, Vec::new());
        let found = self.methods.find(&ty, name);
        if !found.is_empty() {
            return found;
        }
        // `<T as Trait>::method(value)`: whichever implements the trait.
        let found = self.methods.find(&Type::Traits(vec![ty.clone()]), name);
        match found.is_empty() && self.constant_given(owner, name).is_none() {
            true => self.methods.find_or_given(&ty, name),
            false => found,
        }
    }

    /// What a call of another crate means beside its value: a statement begins, I/O is done.
    fn finish_call(&mut self, (callee, path): (ExprId, &str), calls: usize, value: &mut Value) {
        let given = self.given.clone();
        self.started(path, &given, value);
        let name = path.rsplit("::").next().unwrap_or(path);
        // What is called for its arguments (`Box::pin(client.call())`) has been done.
        let own = self.span_of(callee);
        let last = self.out.calls[calls..].last();
        if last.is_some_and(|call| call.name_span == own) {
            self.affect_by_call(calls, name, value);
        }
        if let Some(krate) = self.ran.take() {
            // `Connection::execute(&db, "..", ())`.
            self.run_in_process(krate, name, own);
        }
    }

    /// What a called path means; `Self::new` and `T::new` are looked up on the type.
    pub(super) fn callee(&self, path: &Path) -> Resolved {
        let written = self.as_written(path);
        let segments = &written.as_ref().unwrap_or(path).segments;
        if segments.first().is_some_and(|first| first.name == "Self")
            && let Some(Type::Local(id, _)) = &self.context.self_type
        {
            return match segments.get(1) {
                Some(member) => Resolved::Member(*id, member.name.clone()),
                None => Resolved::Type(*id),
            };
        }
        self.resolve(segments, Namespace::Values)
    }

    /// Whether a path leads to a function of the system.
    pub(super) fn is_own(&self, path: &Path) -> bool {
        match self.callee(path) {
            Resolved::Function(_) => true,
            Resolved::Member(owner, name) => {
                let ty = Type::Local(owner, Vec::new());
                !self.methods.find(&ty, &name).is_empty()
            }
            _ => false,
        }
    }

    /// The associated constant that a function gives which a trait of the system gives to any type:
    /// `fn path() -> &'static str { Self::PATH }`.
    fn constant_given(&self, owner: TypeId, name: &SmolStr) -> Option<ConstantId> {
        let given = self.methods.given_to_all(name).iter();
        let bodies = given.filter_map(|id| {
            let def = &self.resolver.program.functions[id.0];
            def.function.body.as_ref()
        });
        let mut named = bodies.filter_map(|body| match &body.get(body.root?).kind {
            ExprKind::Block(block) => match &body.get(block.value?).kind {
                ExprKind::Path(path) => Some(path),
                _ => None,
            },
            _ => None,
        });
        named.find_map(|path| match path.segments.as_slice() {
            [first, constant] if first.name == "Self" => {
                self.methods.constant(owner, &constant.name)
            }
            _ => None,
        })
    }

    fn eval_all(&mut self, args: &'a [ExprId]) -> Vec<Value> {
        let values: Vec<Value> = args.iter().map(|arg| self.eval(*arg)).collect();
        self.given = Given::of(&values);
        values
    }

    /// `<T as Trait>::f(..)`, `Self::f(..)` in a trait, `Type::f` of a bounded parameter.
    fn associated_call(
        &mut self,
        id: ExprId,
        callee: ExprId,
        path: &Path,
        args: &'a [ExprId],
    ) -> Value {
        let owner = match (&path.self_type, path.segments.as_slice()) {
            (Some(ty), _) => self.type_of(ty),
            (None, [first, _]) => {
                let alone = Path {
                    segments: vec![first.clone()],
                    ..Path::default()
                };
                self.type_of(&TypeRef::Path(alone))
            }
            _ => Type::Unknown,
        };
        let name = SmolStr::new(path.last());
        let found = self.methods.find_or_given(&owner, &name);
        if !found.is_empty() {
            let values = self.eval_all(args);
            let sites = self.out.sites.len();
            let value = self.local_call(&found, id, None, &values);
            self.choose(sites, &found, &owner);
            return value;
        }
        if let Type::External(owner_path, _) = &owner {
            let full = format!("{owner_path}::{name}");
            let calls = self.out.calls.len();
            let mut value = self.external_call(id, callee, path, &full, args);
            self.finish_call((callee, &full), calls, &mut value);
            return value;
        }
        if let ([_], [_]) = (path.segments.as_slice(), args)
            && let Some(around) = prelude_variant(&name)
        {
            // `Ok(client)` and `Some(client)` are the client, as far as anything is known of it.
            let inner = self.eval_all(args).into_iter().next().unwrap_or_default();
            let ty = Type::External(around, vec![inner.ty.clone()]);
            return inner.with_type(ty);
        }
        // A function that is not seen, of the system or not: its name may say what it gives.
        // Whatever has the trait may do anything, where it is awaited.
        let bound = matches!(&owner, Type::Traits(traits) if traits.iter().any(|ty| matches!(ty, Type::Local(..))));
        let mut value = Value {
            unseen: (bound && !self.only_reads(&name)).then(|| self.body.get(callee).range),
            leaves: path.as_name().is_some_and(|name| name == "Err"),
            ..Value::default()
        };
        for given in self.eval_all(args) {
            value.pending.add(&given.pending);
        }
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|part| part.name.as_str())
            .collect();
        let given = std::mem::take(&mut self.given);
        self.started(&names.join("::"), &given, &mut value);
        value
    }

    /// What the result of a call of functions of the system tells of.
    fn knows_after(
        &mut self,
        functions: &[FunctionId],
        site: usize,
        receiver: Option<&Value>,
        args: &[Value],
        result: &mut Value,
    ) {
        if let Some(receiver) = receiver {
            self.choose(site, functions, &receiver.ty);
            if let Some(knows) = self.handed_on(receiver, &result.ty) {
                result.knows = Some(knows);
            }
        }
        if let Some(told) = self.told_by_run(functions, args) {
            result.knows = Some(told);
        }
        if let Some(knows) = self.told_by_refusal(functions, args)
            && is_result(&result.ty)
        {
            result.refuses = self.out.sites.get(site).map(|site| site.span);
            result.knows = Some(knows);
        }
        if let (Some(receiver), []) = (receiver, args) {
            result.knows = self.predicate(functions, receiver.origin, result.knows.take());
        }
    }

    /// What is known of a result or option after a method that the system gives to all of them: `found.or_not_found()?`.
    fn handed_on(&mut self, receiver: &Value, result: &Type) -> Option<Rc<Knows>> {
        let (option, failing) = (is_option(&receiver.ty), is_result(result));
        if !option && !is_result(&receiver.ty) {
            return None;
        }
        let knows = receiver.knows.clone()?;
        if let (true, true, Some(told)) = (option, failing, knows.told) {
            self.require(told, true);
        }
        Some(knows)
    }

    /// What `Self` means in the functions that are called here on a type.
    fn choose(&mut self, site: usize, functions: &[FunctionId], ty: &Type) {
        if let Some(site) = self.out.sites.get_mut(site) {
            site.chosen = self.methods.chosen(self.resolver.program, functions, ty);
        }
    }

    /// A call of functions of the system: edges, and what their result is.
    pub(super) fn local_call(
        &mut self,
        functions: &[FunctionId],
        id: ExprId,
        receiver: Option<&Value>,
        args: &[Value],
    ) -> Value {
        let span = self.span_of(id);
        let mut pending = Pending::default();
        for value in args {
            pending.add(&value.pending);
        }
        let mut result = Value::default();
        for function in functions {
            let def = &self.resolver.program.functions[function.0];
            // `Type::method(value, ..)` passes the receiver as the first argument.
            let shift = usize::from(receiver.is_none() && def.function.has_self);
            for (index, value) in args.iter().skip(shift).enumerate() {
                let text = value.text.as_ref().filter(|text| !text.contains('{'));
                let learnt = self.out.learnt();
                learnt.parameter((*function, index), value.client.as_deref(), text);
                let origin = may_be_absent(value);
                self.out.lineages.parameter(*function, index, origin);
            }
            if let Some(from) = self.context.id {
                pending.edges.push(self.out.edges.len());
                self.out.edges.push(FoundEdge {
                    from,
                    to: *function,
                    span,
                    guards: self.active.iter().rev().cloned().collect(),
                    fan_out: None,
                    detached: false,
                });
            }
            if result.ty.is_unknown() {
                result.ty = self.result_type(*function, receiver, &args[shift.min(args.len())..]);
            }
            let (client, text) = self.result_of(*function);
            if result.text.is_none() {
                let only = receiver.filter(|_| functions.len() == 1);
                let given = &args[shift.min(args.len())..];
                result.text = self.text_given(*function, text, only, given, span);
            }
            let client = client.map(|state| handed_out(state, def, shift, args));
            result.client = match (result.client.take(), client) {
                (Some(a), Some(b)) => Some(Rc::new(a.meet(&b))),
                (a, b) => a.or_else(|| b.map(Rc::new)),
            };
            let routes = self.routed_call(*function, id, receiver, args);
            result.routes = match (result.routes.take(), routes) {
                (Some(a), Some(b)) => Some(Rc::new(a.either(&b))),
                (a, b) => a.or(b),
            };
        }
        result.pending = pending;
        self.wrapped(functions, receiver, args, &mut result);
        let has_self = functions.first().is_some_and(|id| {
            let def = &self.resolver.program.functions[id.0];
            receiver.is_none() && def.function.has_self
        });
        let shift = usize::from(has_self).min(args.len());
        let mut origins: Vec<Lineage> = args[shift..].iter().map(may_be_absent).collect();
        let of_self = receiver.or(args.first().filter(|_| has_self));
        let self_origin = of_self.map(|value| value.origin).unwrap_or_default();
        for function in functions {
            let lineages = &mut self.out.lineages;
            lineages.parameter(*function, Origin::SELF, self_origin);
        }
        let own = functions.iter().fold(Lineage::REPEATABLE, |all, id| {
            all.and(self.result_lineage(*id, &origins, self_origin))
        });
        result.origin = result.origin.and(own).present();
        self.parts_given(functions, &origins, self_origin, &mut result);
        let mut queries = functions.iter();
        result.query = queries.find_map(|id| self.before.queries.get(id).cloned());
        self.takes_by_call(functions, &mut result);
        if receiver.is_some() {
            for function in functions {
                self.set_by_method(*function, id, &origins);
            }
        }
        result.short = functions.iter().all(|id| self.gives_written_out(*id));
        let table = receiver.and_then(|value| self.own_table(&value.ty));
        let records = self.records(of_self, &args[shift..]);
        if let Some(own) = of_self.filter(|own| own.origin != Lineage::REPEATABLE) {
            origins.resize(Origin::SELF + 1, Lineage::REPEATABLE);
            origins[Origin::SELF] = own.origin;
        }
        let site = self.out.sites.len();
        result.knows = self.visit(functions, span, origins, table);
        self.knows_after(functions, site, receiver, &args[shift..], &mut result);
        self.followed = Some(id);
        if let Some(site) = self.out.sites.get_mut(site) {
            site.records = records;
        }
        self.passed_at(site, functions, receiver, (of_self, &args[shift..]));
        result
    }

    /// The text that a function gives for these arguments; `text` is what is known of it, with its parameters in braces.
    fn text_given(
        &mut self,
        function: FunctionId,
        text: Option<&Arc<str>>,
        receiver: Option<&Value>,
        args: &[Value],
        span: Span,
    ) -> Option<Arc<str>> {
        let by_variant = receiver.and_then(|value| self.text_of_variant(function, value));
        if let Some(known) = by_variant.or_else(|| self.read_variable(function, args, span)) {
            return Some(known);
        }
        let mut text = Arc::clone(text?);
        let def = &self.resolver.program.functions[function.0];
        for ((pat, _), value) in def.function.parameters.iter().zip(args) {
            if let (Some(name), Some(given)) = (named(pat), &value.text) {
                text = text.replace(&format!("{{{name}}}"), given).into();
            }
        }
        Some(text)
    }

    /// What more a place of a call knows of what is passed there: texts, variants and types.
    fn passed_at(
        &mut self,
        site: usize,
        functions: &[FunctionId],
        receiver: Option<&Value>,
        (of_self, args): (Option<&Value>, &[Value]),
    ) {
        let texts = self.texts(args);
        let variants = passed_variants(of_self, args);
        let asked = receiver.filter(|_| functions.len() > 1);
        let asked = asked.and_then(|value| self.type_parameter(value));
        let mut types = self.passed_types(functions, args);
        if let Some(called_on) = of_self
            && functions.iter().any(|id| self.is_given_by_trait(*id))
        {
            let own = self.passed_type(called_on);
            types.extend(own.map(|ty| (Origin::SELF, ty)));
        }
        if let Some(site) = self.out.sites.get_mut(site) {
            site.texts = texts;
            site.variants = variants;
            site.asked = asked;
            site.types = types;
        }
    }

    /// Whether a trait gives a function to the types that implement it.
    fn is_given_by_trait(&self, function: FunctionId) -> bool {
        let owner = self.resolver.program.functions[function.0].owner;
        owner.is_some_and(|owner| owner.in_trait.is_some())
    }

    /// The parameter whose type is open that a value is, or is around: `Arc<impl Trait>`.
    fn type_parameter(&mut self, value: &Value) -> Option<usize> {
        let open = matches!(self.innermost(&value.ty), Type::Traits(_));
        let own = self.context.id.is_some_and(|id| self.is_given_by_trait(id));
        let parameter = self.as_parameter(value.origin).filter(|_| open)?;
        // What lies in an object is no more of its type.
        (parameter != Origin::SELF || own).then_some(parameter)
    }

    /// Whether a parameter points to something of any type that has a trait: `Arc<impl Trait>`.
    fn points_to_open(&self, function: FunctionId, ty: &TypeRef) -> bool {
        let TypeRef::Path(path) = ty else {
            return false;
        };
        let def = &self.resolver.program.functions[function.0];
        let inside = match path.segments.last().map(|last| last.args()) {
            Some([inside]) => inside,
            _ => return false,
        };
        let context = FunctionContext::new(self.resolver, function);
        let pointer = || match self.resolver.type_of(context.scope(), ty) {
            Type::External(path, _) => {
                let known = self.catalog().crates.find_type(&path);
                known.is_some_and(|known| known.entry.deref.is_some())
            }
            _ => false,
        };
        is_open(def, inside) && pointer()
    }

    /// What pointers lead to: the type of the system, or the one that nobody knows.
    fn innermost(&self, ty: &Type) -> Type {
        let mut known = ty.clone();
        for _ in 0..MAX_DEREF {
            match known {
                Type::External(..) => match self.dereferenced(&known) {
                    Some(inner) => known = inner,
                    None => break,
                },
                _ => break,
            }
        }
        known
    }

    /// The type of a value, where functions of the system may ask for it.
    fn passed_type(&mut self, value: &Value) -> Option<PassedType> {
        match self.innermost(&value.ty) {
            Type::Local(id, _) => Some(PassedType::Named(id.0)),
            _ => self.type_parameter(value).map(PassedType::Parameter),
        }
    }

    /// The types of the arguments for parameters that may be of any type: `input: T`, `input: impl Trait`.
    fn passed_types(
        &mut self,
        functions: &[FunctionId],
        args: &[Value],
    ) -> Vec<(usize, PassedType)> {
        let [only] = functions else {
            return Vec::new();
        };
        let program = self.resolver.program;
        let def = &program.functions[only.0];
        let mut passed = Vec::new();
        for (index, ((_, ty), value)) in def.function.parameters.iter().zip(args).enumerate() {
            if !is_open(def, ty) && !self.points_to_open(*only, ty) {
                continue;
            }
            let ty = self.passed_type(value);
            passed.extend(ty.map(|ty| (index, ty)));
        }
        passed
    }

    /// A call of a path into another crate: a function, or `Type::function`.
    pub(super) fn external_call(
        &mut self,
        id: ExprId,
        callee: ExprId,
        written: &Path,
        path: &str,
        args: &'a [ExprId],
    ) -> Value {
        let crates = &self.catalog().crates;
        if let Some(function) = crates.find_function(path) {
            return self.known_function(id, callee, function, path, args);
        }
        if let Some((owner_path, name)) = path.rsplit_once("::")
            && let Some(owner) = crates.find_type(owner_path)
            && let Some(method) = crates.find_method(owner, name)
            && (owner.entry.carriers.is_empty() || owner.names(name))
        {
            let generics = written
                .segments
                .len()
                .checked_sub(2)
                .map(|index| written.segments[index].args());
            let arguments = generics
                .unwrap_or_default()
                .iter()
                .map(|ty| self.type_of(ty))
                .collect();
            let receiver = Value::of(Type::External(SmolStr::new(owner_path), arguments));
            let name_range = self.body.get(callee).range;
            return self.known_call(id, &receiver, method, name, name_range, args);
        }
        if crates.find_type(path).is_some() {
            // A tuple struct of another crate: `State(x)`, `Extension(x)`.
            let values = self.eval_all(args);
            let inner = values
                .first()
                .map(|value| value.ty.clone())
                .unwrap_or_default();
            let client = first_client(&values);
            return Value {
                ty: Type::External(SmolStr::new(path), vec![inner]),
                client,
                origin: values.first().map(|value| value.origin).unwrap_or_default(),
                knows: values.first().and_then(|value| value.knows.clone()),
                query: values.first().and_then(|value| value.query.clone()),
                columns: values.first().and_then(|value| value.columns.clone()),
                ..Value::default()
            };
        }
        let values = self.eval_all(args);
        if let Some((owner, "new" | "with_interceptor" | "with_origin")) = path.rsplit_once("::")
            && let Some(first) = values.first()
            && let Type::External(carrier, _) = &first.ty
            && let Some(known) = crates.made_around(owner, carrier)
        {
            let name = owner.rsplit("::").next().unwrap_or(owner);
            let path = Crates::called_after(known, name);
            let ty = Type::External(path, vec![first.ty.clone()]);
            return first.clone().with_type(ty);
        }
        let mut value = Value {
            ty: opaque_owner(path),
            knows: values.first().and_then(|value| value.knows.clone()),
            functions: values.iter().find_map(|value| value.functions.clone()),
            // `Expr::col(column)` and `lower(column)` are about the column.
            columns: columns_of(&values),
            ..Value::default()
        };
        for argument in &values {
            value.pending.add(&argument.pending);
        }
        let range = self.body.get(callee).range;
        self.extension_call(id, path, range, &values, &mut value);
        // Of a crate that nothing is known of, whatever is awaited may do anything.
        let name = path.rsplit("::").next().unwrap_or(path);
        let mut given = args.iter().zip(&values);
        let wraps = given.any(|(arg, value)| self.is_known_future(Some(*arg), value));
        // `eyre::Ok(..)` makes a value.
        let makes = name.starts_with(char::is_uppercase);
        if let ([only], true) = (values.as_slice(), makes)
            && is_option(&only.ty)
        {
            // `Set(name)`: what may be absent may be set to nothing.
            value.origin = value.origin.and(Origin::OPTIONAL);
        }
        if !crates.knows_crate_of(path) && !self.only_reads(name) && !wraps && !makes {
            value.unseen = Some(range);
        }
        value
    }

    /// Whether a function or method that nothing is known of only reads, or waits, by its name.
    pub(super) fn only_reads(&self, name: &str) -> bool {
        let rules = &self.catalog().effects;
        let words = split_words(name);
        let first = words.first();
        // `find_or_create`, `read_write_transaction`.
        let writing = |word: &str| {
            let lists = [&rules.write_words, &rules.acting_words, &rules.set_words];
            lists.iter().any(|list| listed(list, word))
        };
        let mut pairs = words.iter().zip(words.iter().skip(1));
        let mut writes = || {
            pairs.any(|(before, word)| match before.as_str() {
                "and" | "or" => writing(word),
                "read" => word == "write",
                _ => false,
            })
        };
        first.is_some_and(|first| listed(&rules.read_words, first)) && !writes()
            || listed(&rules.plain_awaits, name)
    }

    /// Whether a type, or what a pointer leads to, is of a crate that nothing is known of.
    pub(super) fn holds_strange(&self, ty: &Type) -> bool {
        let crates = &self.catalog().crates;
        let mut ty = ty.clone();
        for _ in 0..MAX_DEREF {
            match self.dereferenced(&ty) {
                Some(inner) => ty = inner,
                None => break,
            }
        }
        matches!(&ty, Type::External(path, _) if !crates.knows_crate_of(path))
    }

    /// Whether a method says by its name that it does something to what is elsewhere.
    fn acts(&self, name: &str) -> bool {
        let words = split_words(name);
        let first = words.first();
        first.is_some_and(|first| listed(&self.catalog().effects.acting_words, first))
    }

    /// `receiver.name(args)`.
    pub(super) fn method_call(
        &mut self,
        id: ExprId,
        receiver: ExprId,
        name: &SmolStr,
        name_range: TextRange,
        turbofish: &[TypeRef],
        args: &'a [ExprId],
    ) -> Value {
        // `$self.$method(..)` of a macro.
        let written = self.written_for(name).cloned();
        let name = written.as_ref().unwrap_or(name);
        if let Some(text) = self.concatenated(receiver, name, args) {
            return text;
        }
        self.out.extends_request |= listed(&self.catalog().effects.request_extensions, name);
        let value = self.eval(receiver);
        if let Some(folded) = self.folded(&value, name, args) {
            return folded;
        }
        let before = Receiver::of(&value);
        let (short, entries) = (value.short, value.entries.clone());
        let parts = value.parts.clone();
        let in_result = matches!(&value.ty, Type::External(path, _) if path.ends_with("::Result"));
        let mark = (self.steps.len(), self.out.calls.len());
        self.given = Given::default();
        let inner = match name.as_str() {
            "deref" | "deref_mut" => self.dereferenced(&value.ty),
            _ => None,
        };
        let mut result = match inner {
            Some(inner) => value.with_type(inner),
            None => self.method_on(id, value, name, name_range, turbofish, args),
        };
        result.parts = result.parts.or_else(|| {
            let (made, _) = parts.as_ref()?;
            // `made.clone()`, `made().context("..")?`; what else a result has of a trait of the system, as far as it is given nothing
            // that could stand in its place.
            let given = |ty: &Type| matches!(ty, Type::Local(given, _) if given == made);
            let same = match &result.ty {
                Type::External(_, arguments) => arguments.first().is_some_and(given),
                other => given(other),
            };
            let of_system = in_result && self.followed == Some(id) && args.len() < 2;
            let kept = listed(&self.catalog().effects.same_values, name) || of_system;
            parts.filter(|_| same && kept)
        });
        let added = self.given.entry.take();
        if entries.is_some() || added.is_some() {
            self.entries_after(name, receiver, entries, added.as_deref(), &mut result);
        }
        // What several are made of, of each of a few, is as long as it likes.
        let more = matches!(name.as_str(), "chain" | "cycle" | "flat_map" | "flatten");
        result.short = name == "take" && args.len() == 1 || short && !more;
        let name_span = self.span(name_range);
        self.after_method(
            name,
            name_span,
            &before,
            (receiver, args),
            (mark, self.followed == Some(id)),
            &mut result,
        );
        result
    }

    fn method_on(
        &mut self,
        id: ExprId,
        mut receiver: Value,
        name: &SmolStr,
        name_range: TextRange,
        turbofish: &[TypeRef],
        args: &'a [ExprId],
    ) -> Value {
        let mut ty = receiver.ty.clone();
        for _ in 0..MAX_DEREF {
            let found = self.methods.find(&ty, name);
            if self.is_breaker(&ty) {
                let span = self.span(name_range);
                self.ask_breaker(name, span);
            }
            // What a type of another crate has by itself goes before what a trait of the system gives it.
            let inherent = match &ty {
                Type::External(path, _) if !found.is_empty() => {
                    let known = self.catalog().crates.find_type(path);
                    known.is_some_and(|known| known.names(name))
                }
                _ => false,
            };
            if !found.is_empty() && !inherent {
                let receiver = receiver.with_type(ty);
                let values = self.eval_passed(&found, Some(&receiver), args);
                self.lend(args);
                let mut result = self.local_call(&found, id, Some(&receiver), &values);
                result.pending.add(&receiver.pending);
                return result;
            }
            if let Some(method) = self.known_method(&ty, name) {
                if method.entry.delivers
                    && let Some(result) = self.delivered(id, (&ty, name), args)
                {
                    return result;
                }
                let receiver = receiver.with_type(ty);
                let mut result = self.known_call(id, &receiver, method, name, name_range, args);
                if let Some(given) = turbofish.first()
                    && result.ty.is_unknown()
                {
                    result.ty = self.type_of(given);
                }
                return result;
            }
            match self.dereferenced(&ty) {
                Some(inner) => {
                    receiver.client = receiver.client.or_else(|| self.client_within(&ty));
                    ty = inner;
                }
                None => break,
            }
        }
        if self.is_model_again(&receiver.ty, name) {
            self.eval_all(args);
            return receiver;
        }
        let given = self.methods.given_to_all(name);
        if !given.is_empty() && !receiver.ty.is_unknown() {
            let values = self.eval_passed(given, Some(&receiver), args);
            let mut result = self.local_call(given, id, Some(&receiver), &values);
            result.pending.add(&receiver.pending);
            return result;
        }
        if let Some(result) = self.only_method_on(id, &receiver, name, args) {
            return result;
        }
        let any = self.catalog().crates.any_type();
        if let Some(method) = any.and_then(|any| self.catalog().crates.find_method(any, name)) {
            return self.known_call(id, &receiver, method, name, name_range, args);
        }
        self.strange_method(id, &receiver, &ty, (name, name_range), args)
    }

    /// A method of which nothing is known; `inner` is what the receiver is behind its pointers.
    fn strange_method(
        &mut self,
        id: ExprId,
        receiver: &Value,
        inner: &Type,
        (name, name_range): (&SmolStr, TextRange),
        args: &'a [ExprId],
    ) -> Value {
        let mut result = Value {
            functions: receiver.functions.clone(),
            routes: receiver.routes.clone(),
            ..Value::default()
        };
        // What a type of another crate was got by has been done: it is no future.
        let handle = matches!(inner, Type::External(path, _) if self.catalog().crates.find_type(path).is_none());
        if !handle {
            result.pending.add(&receiver.pending);
        }
        let values = self.eval_all(args);
        for value in &values {
            result.pending.add(&value.pending);
        }
        result.strange = receiver.strange;
        if result.strange && self.acts(name) && self.context.id.is_some() {
            // It says that it does something, and whether anybody waits for it or not, it may.
            let span = self.span(name_range);
            self.out.unseen.push(span);
        }
        if !self.extension_call(id, name, name_range, &values, &mut result) {
            self.keep_unknown(&receiver.ty, name, name_range);
            // What is in a pointer of which only the pointer is known may be anything, as may what a crate does of which
            // nothing is known.
            let crates = &self.catalog().crates;
            let foreign = match inner {
                Type::External(path, arguments) => match crates.find_type(path) {
                    Some(known) => known.entry.deref.is_none() || !arguments.is_empty(),
                    None => crates.knows_crate_of(path),
                },
                Type::List(_) => true,
                _ => matches!(receiver.ty, Type::External(..)),
            };
            let mut given = args.iter().zip(&values);
            let wraps = self.is_known_future(None, receiver)
                || given.any(|(arg, value)| self.is_known_future(Some(*arg), value));
            // `client.write(added, removed)` is no guard of a lock.
            let rules = &self.catalog().effects;
            let plain =
                self.only_reads(name) && !(args.len() > 1 && listed(&rules.plain_writes, name));
            if !foreign && !plain && !wraps {
                result.unseen = Some(name_range);
            }
        }
        self.set_by_builder(receiver, name, &values, &mut result);
        result
    }

    /// `address.send(message)`: what the actor at the address does with the message.
    fn delivered(
        &mut self,
        id: ExprId,
        (address, name): (&Type, &SmolStr),
        args: &'a [ExprId],
    ) -> Option<Value> {
        let Type::External(_, arguments) = address else {
            return None;
        };
        // Nothing is known of actors: what is given is looked at elsewhere.
        let [given] = args else { return None };
        if !self.methods.has_actors() {
            return None;
        }
        let message = self.eval(*given);
        let span = self.span_of(id);
        let Type::Local(told, _) = message.ty else {
            self.out.unseen.push(span);
            return Some(Value::default());
        };
        // A recipient is known by its message alone.
        let actor = arguments.first().filter(|actor| **actor != message.ty);
        let found = match actor {
            Some(Type::Local(actor, _)) => self.methods.answering(Some(*actor), told),
            _ => self.methods.answering(None, told),
        };
        if found.is_empty() {
            self.out.unseen.push(span);
            return Some(Value::default());
        }
        let receiver = actor.cloned().map(Value::of).unwrap_or_default();
        let result = self.local_call(&found, id, Some(&receiver), &[message]);
        let ty = match name.as_str() {
            "send" => SmolStr::new_static("std::result::Result"),
            _ => return Some(Value::default()),
        };
        let ty = Type::External(ty, vec![result.ty.clone()]);
        Some(result.with_type(ty))
    }

    /// `receiver.name(args)` where nothing is known of the receiver, and only one has a method of this name.
    fn only_method_on(
        &mut self,
        id: ExprId,
        receiver: &Value,
        name: &SmolStr,
        args: &'a [ExprId],
    ) -> Option<Value> {
        if !receiver.ty.is_unknown() || receiver.strange {
            return None;
        }
        let found = (self.methods).only_one_of(self.resolver, self.context.module, name);
        if found.is_empty() {
            return None;
        }
        let values = self.eval_passed(&found, Some(receiver), args);
        let mut result = self.local_call(&found, id, Some(receiver), &values);
        result.pending.add(&receiver.pending);
        let functions = &self.resolver.program.functions;
        if found.iter().all(|id| !functions[id.0].function.is_async) {
            // `rows.into_app_result()?` hands on what is there.
            result.knows = receiver.knows.clone().or(result.knows);
        }
        Some(result)
    }
}

/// The type of a variant that every module sees (`std::prelude`) and that holds what succeeded or is there.
fn prelude_variant(name: &str) -> Option<SmolStr> {
    match name {
        "Ok" => Some(SmolStr::new_static("std::result::Result")),
        // What stands in a `Some` is there: it is no option that may be empty.
        "Some" => Some(SmolStr::new_static("std::option::Option::Some")),
        _ => None,
    }
}

/// The client that a function gives for these arguments.
fn handed_out(
    state: &ClientState,
    def: &FunctionDef<'_>,
    shift: usize,
    args: &[Value],
) -> ClientState {
    let given = state.origin.and_then(|index| args.get(index + shift));
    let mut state = state.given(given.and_then(|value| value.client.as_deref()));
    // What it is addressed to, and how, may be said here.
    let parameters = def.function.parameters.iter();
    for ((pat, _), value) in parameters.zip(args.iter().skip(shift)) {
        if let Some(name) = named(pat) {
            state.say(name, value.text.as_deref());
        }
    }
    state
}

/// What an associated function of a type gives that nothing is known of: that type.
fn opaque_owner(path: &str) -> Type {
    let owner = path.rsplit_once("::").map(|(owner, _)| owner);
    let name = owner.and_then(|owner| owner.rsplit("::").next());
    let is_type = name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    match owner.filter(|_| is_type) {
        Some(owner) => Type::External(SmolStr::new(owner), Vec::new()),
        None => Type::Unknown,
    }
}
