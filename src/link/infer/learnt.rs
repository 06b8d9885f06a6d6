//! What the bodies say of fields, parameters and results, and who asked for it: so that only those
//! bodies are read anew that asked for something that has changed.

use super::Found;
use super::lineage::Origins;
use super::query::{Column, Query};
use super::route::RouterSummary;
use super::value::ClientState;
use crate::link::program::{ConstantId, FunctionId, TypeId};
use crate::model::GuardLayer;
use fixedbitset::FixedBitSet;
use foldhash::{HashMap, HashSet};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;

/// What is known of the clients and texts in fields, parameters and results.
#[derive(Debug, Default)]
pub(super) struct Learnt {
    pub(super) fields: HashMap<(TypeId, SmolStr), ClientState>,
    pub(super) parameters: HashMap<(FunctionId, usize), ClientState>,
    pub(super) results: HashMap<FunctionId, ClientState>,
    /// What is put into statics after the program has started.
    pub(super) statics: HashMap<ConstantId, ClientState>,
    /// The clients of each type of another crate that are made anywhere.
    pub(super) made: HashMap<SmolStr, ClientState>,
    /// For a type, the functions that take its values from a channel.
    pub(super) takers: HashMap<TypeId, BTreeSet<FunctionId>>,
    /// The statements that functions give.
    pub(super) queries: HashMap<FunctionId, Arc<Query>>,
    /// The columns that methods of records set.
    pub(super) own_columns: HashMap<FunctionId, Vec<Column>>,
    /// What the structs are made of that functions make.
    pub(super) made_parts: HashMap<FunctionId, Vec<Column>>,
    /// What functions do with routers.
    pub(super) routers: HashMap<FunctionId, RouterSummary>,
    /// Guards under which a function runs what is passed to it: its number among the parameters.
    pub(super) given: HashMap<(FunctionId, usize), Vec<GuardLayer>>,
    /// The text that a function gives, as far as known; `{name}` for a parameter.
    pub(super) texts: HashMap<FunctionId, Arc<str>>,
    /// The texts in fields and parameters, where it is always the same one.
    pub(super) field_texts: HashMap<(TypeId, SmolStr), Option<Arc<str>>>,
    pub(super) parameter_texts: HashMap<(FunctionId, usize), Option<Arc<str>>>,
    /// Where values come from.
    pub(super) origins: Origins,
    /// Fields and parameters that were also given something of which nothing is known: that counts
    /// only where something is known of others.
    open_fields: Vec<(TypeId, SmolStr)>,
    open_parameters: Vec<(FunctionId, usize)>,
    textless_fields: Vec<(TypeId, SmolStr)>,
    textless_parameters: Vec<(FunctionId, usize)>,
}

/// Something that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Asked {
    Field(TypeId, SmolStr),
    Parameter(FunctionId, usize),
    Result(FunctionId),
    Given(FunctionId, usize),
    Taken(TypeId),
    Static(ConstantId),
    Made(SmolStr),
}

impl Learnt {
    /// A field is given a value.
    pub(super) fn field(
        &mut self,
        key: (TypeId, SmolStr),
        state: Option<&ClientState>,
        text: Option<&Arc<str>>,
    ) {
        match state.filter(|state| **state != ClientState::default()) {
            Some(state) => meet(&mut self.fields, key.clone(), state),
            None => self.open_fields.push(key.clone()),
        }
        match text {
            Some(_) => agree(&mut self.field_texts, key, text),
            None => self.textless_fields.push(key),
        }
    }

    /// A parameter is given a value.
    pub(super) fn parameter(
        &mut self,
        key: (FunctionId, usize),
        state: Option<&ClientState>,
        text: Option<&Arc<str>>,
    ) {
        match state.filter(|state| **state != ClientState::default()) {
            Some(state) => meet(&mut self.parameters, key, state),
            None => self.open_parameters.push(key),
        }
        match text {
            Some(_) => agree(&mut self.parameter_texts, key, text),
            None => self.textless_parameters.push(key),
        }
    }

    /// Takes in the clients that are made elsewhere.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "one type has nothing to do with another"
    )]
    pub(super) fn add_made(&mut self, other: &Self) {
        for (path, state) in &other.made {
            any_of(&mut self.made, path.clone(), state);
        }
    }

    /// What holds for all of them, one after the other.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "one key of a body has nothing to do with another"
    )]
    pub(super) fn of_all(found: &[Found]) -> Self {
        let all = || found.iter().filter_map(|one| one.learnt.as_deref());
        let mut whole = Self::default();
        for one in all() {
            for (key, state) in &one.fields {
                meet(&mut whole.fields, key.clone(), state);
            }
            for (key, state) in &one.parameters {
                meet(&mut whole.parameters, *key, state);
            }
            for (key, state) in &one.results {
                meet(&mut whole.results, *key, state);
            }
            for (key, state) in &one.statics {
                meet(&mut whole.statics, *key, state);
            }
            whole.add_made(one);
            for (key, text) in &one.field_texts {
                agree(&mut whole.field_texts, key.clone(), text.as_ref());
            }
            for (key, text) in &one.parameter_texts {
                agree(&mut whole.parameter_texts, *key, text.as_ref());
            }
            let texts = one.texts.iter().map(|(key, text)| (*key, Arc::clone(text)));
            whole.texts.extend(texts);
            for (key, takers) in &one.takers {
                whole.takers.entry(*key).or_default().extend(takers);
            }
            let queries = one.queries.iter();
            whole
                .queries
                .extend(queries.map(|(key, query)| (*key, Arc::clone(query))));
            let columns = one.own_columns.iter();
            whole
                .own_columns
                .extend(columns.map(|(key, columns)| (*key, columns.clone())));
            let columns = one.made_parts.iter();
            whole
                .made_parts
                .extend(columns.map(|(key, columns)| (*key, columns.clone())));
            let routers = one.routers.iter();
            whole
                .routers
                .extend(routers.map(|(key, summary)| (*key, summary.clone())));
            let given = one.given.iter().map(|(key, layers)| (*key, layers.clone()));
            whole.given.extend(given);
        }
        // Most of what is given something unknown is given nothing else: it is not looked for.
        let mut functions = FixedBitSet::with_capacity(found.len());
        let known = whole.parameters.keys().chain(whole.parameter_texts.keys());
        functions.extend(known.map(|(id, _)| id.0));
        let nothing = ClientState::default();
        for one in all() {
            for key in &one.open_fields {
                whole
                    .fields
                    .entry(key.clone())
                    .and_modify(|known| *known = known.meet(&nothing));
            }
            for key in one.open_parameters.iter().filter(|(id, _)| functions[id.0]) {
                whole
                    .parameters
                    .entry(*key)
                    .and_modify(|known| *known = known.meet(&nothing));
            }
            for key in &one.textless_fields {
                whole
                    .field_texts
                    .entry(key.clone())
                    .and_modify(|known| *known = None);
            }
            let textless = one.textless_parameters.iter();
            for key in textless.filter(|(id, _)| functions[id.0]) {
                whole
                    .parameter_texts
                    .entry(*key)
                    .and_modify(|known| *known = None);
            }
        }
        whole
    }

    /// Takes in where values come from, and says it of statements and columns that bodies hand to each other.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "one statement has nothing to do with another"
    )]
    pub(super) fn settle_origins(&mut self, origins: Origins, found: &[Found]) {
        for (id, query) in &mut self.queries {
            *query = origins.settled_query(query, &found[id.0]);
        }
        for (id, columns) in self.own_columns.iter_mut().chain(&mut self.made_parts) {
            *columns = origins.settled_columns(columns, &found[id.0]);
        }
        self.origins = origins;
    }

    /// What is known otherwise now than before.
    pub(super) fn changed(&self, before: &Self) -> HashSet<Asked> {
        let mut changed = HashSet::default();
        let field = |(id, name): &(TypeId, SmolStr)| Asked::Field(*id, name.clone());
        let parameter = |(id, index): &(FunctionId, usize)| Asked::Parameter(*id, *index);
        let result = |id: &FunctionId| Asked::Result(*id);
        differing(&self.fields, &before.fields, field, &mut changed);
        differing(&self.field_texts, &before.field_texts, field, &mut changed);
        differing(
            &self.parameters,
            &before.parameters,
            parameter,
            &mut changed,
        );
        differing(
            &self.parameter_texts,
            &before.parameter_texts,
            parameter,
            &mut changed,
        );
        differing(&self.results, &before.results, result, &mut changed);
        let kept = |id: &ConstantId| Asked::Static(*id);
        differing(&self.statics, &before.statics, kept, &mut changed);
        let made = |path: &SmolStr| Asked::Made(path.clone());
        differing(&self.made, &before.made, made, &mut changed);
        differing(&self.texts, &before.texts, result, &mut changed);
        differing(&self.routers, &before.routers, result, &mut changed);
        differing(&self.queries, &before.queries, result, &mut changed);
        differing(&self.own_columns, &before.own_columns, result, &mut changed);
        differing(&self.made_parts, &before.made_parts, result, &mut changed);
        let taken = |id: &TypeId| Asked::Taken(*id);
        differing(&self.takers, &before.takers, taken, &mut changed);
        let given = |(id, index): &(FunctionId, usize)| Asked::Given(*id, *index);
        differing(&self.given, &before.given, given, &mut changed);
        changed
    }
}

fn differing<K: Eq + Hash, V: PartialEq>(
    now: &HashMap<K, V>,
    before: &HashMap<K, V>,
    asked: impl Fn(&K) -> Asked,
    changed: &mut HashSet<Asked>,
) {
    let new = now
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(*value));
    changed.extend(new.map(|(key, _)| asked(key)));
    let gone = before.keys().filter(|key| !now.contains_key(*key));
    changed.extend(gone.map(asked));
}

/// One more text that stands somewhere; two different ones are none.
fn agree<K: Eq + Hash>(map: &mut HashMap<K, Option<Arc<str>>>, key: K, text: Option<&Arc<str>>) {
    map.entry(key)
        .and_modify(|known| {
            if known.as_ref() != text {
                *known = None;
            }
        })
        .or_insert_with(|| text.cloned());
}

/// One more client that may be meant: what is the same in all of them.
pub(super) fn any_of(map: &mut HashMap<SmolStr, ClientState>, key: SmolStr, state: &ClientState) {
    map.entry(key)
        .and_modify(|known| *known = known.either(state))
        .or_insert_with(|| state.clone());
}

/// One more client that stands somewhere: what holds for it and all before it.
pub(super) fn meet<K: Eq + Hash>(map: &mut HashMap<K, ClientState>, key: K, state: &ClientState) {
    map.entry(key)
        .and_modify(|known| *known = known.meet(state))
        .or_insert_with(|| state.clone());
}
