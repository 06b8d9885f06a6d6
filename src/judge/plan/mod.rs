//! What to do about an endpoint that is not idempotent: which remedy fits it, what to add to its
//! contract, what its server must do, and how to undo what a later step cannot finish.

mod by_code;
mod compensation;
mod snippet;
mod steps;

use super::media::is_json_patch;
use super::shape::Shape;
use crate::catalog::{Catalog, split_words};
use crate::model::{
    Endpoint, KeyRequirement, Label, Operation, Plan, Remedy, System, Via, quoted, unnamed_path,
};
use std::collections::{BTreeMap, BTreeSet};

/// The key that is proposed where a contract has none of its own.
const DEFAULT_KEY: &str = "Idempotency-Key";

/// Drafts a plan for every endpoint that is not idempotent.
pub(super) fn judge(system: &mut System, catalog: &Catalog) {
    let context = Context::new(system, catalog);
    let endpoints = system.endpoints.iter().enumerate();
    let plans: Vec<(usize, Plan)> = endpoints
        .filter_map(|(index, endpoint)| {
            let plan = context.plan(endpoint);
            Some((index, plan.or_else(|| by_code::plan(endpoint))?))
        })
        .collect();
    for (index, plan) in plans {
        system.endpoints[index].plan = Some(plan);
    }
}

/// What a plan may refer to: the other operations of the contract.
struct Context<'a> {
    system: &'a System,
    catalog: &'a Catalog,
    /// For each contract, its operations.
    by_contract: BTreeMap<usize, Vec<&'a Endpoint>>,
    /// For each contract, the header it uses as a key elsewhere.
    key_of: BTreeMap<usize, &'a str>,
    /// Methods of each path of each contract, parameters unnamed.
    methods: BTreeSet<(usize, String, &'a str)>,
}

/// One endpoint on its way to a plan.
struct Case<'a> {
    context: &'a Context<'a>,
    endpoint: &'a Endpoint,
    operation: &'a Operation,
    shape: Shape<'a>,
    /// The header or member that carries the key.
    key: String,
}

impl<'a> Context<'a> {
    fn new(system: &'a System, catalog: &'a Catalog) -> Self {
        let mut context = Self {
            system,
            catalog,
            by_contract: BTreeMap::new(),
            key_of: BTreeMap::new(),
            methods: BTreeSet::new(),
        };
        for endpoint in &system.endpoints {
            let Some(operation) = &endpoint.operation else {
                continue;
            };
            let contract = operation.contract;
            context
                .by_contract
                .entry(contract)
                .or_default()
                .push(endpoint);
            context.methods.insert((
                contract,
                unnamed_path(&endpoint.path),
                endpoint.method.as_str(),
            ));
            let mut keys = operation.keys.iter();
            if let Some(key) = keys.find(|key| key.header && !key.precondition) {
                context.key_of.entry(contract).or_insert(&key.name);
            }
        }
        context
    }

    /// The plan for an endpoint; none where nothing is to be done.
    fn plan(&self, endpoint: &'a Endpoint) -> Option<Plan> {
        let operation = endpoint.operation.as_ref()?;
        if endpoint.label != Label::NotIdempotent || !endpoint.is_write() {
            return None;
        }
        let own = operation
            .keys
            .iter()
            .find(|key| !key.precondition && key.requirement == KeyRequirement::Optional);
        let used = own.map(|key| key.name.as_str());
        let used = used.or_else(|| self.key_of.get(&operation.contract).copied());
        let case = Case {
            context: self,
            endpoint,
            operation,
            shape: Shape::new(endpoint, operation, &self.catalog.words),
            key: used.unwrap_or(DEFAULT_KEY).to_owned(),
        };
        let remedy = case.remedy();
        Some(Plan {
            remedy,
            summary: case.summary(remedy),
            server: case
                .server(remedy)
                .into_iter()
                .chain(case.step_by_code())
                .collect(),
            contract_change: snippet::contract_change(&case, remedy),
            compensation: compensation::compensation(&case),
        })
    }

    /// Whether a path of the contract has a method, whatever its parameters are called.
    fn has(&self, contract: usize, path: &str, method: &'static str) -> bool {
        self.methods
            .contains(&(contract, unnamed_path(path), method))
    }
}

impl Case<'_> {
    /// The remedy that fits: the cheapest that holds.
    fn remedy(&self) -> Remedy {
        let words = &self.context.catalog.words;
        let shape = &self.shape;
        if self.endpoint.via == Via::OptionalKey {
            return if self.declared_key().is_some() {
                Remedy::RequireKey
            } else {
                Remedy::AddKey
            };
        }
        if self.endpoint.method == "PATCH" {
            return if is_json_patch(self.operation) || shape.counter_member().is_some() {
                Remedy::IfMatch
            } else {
                Remedy::MergePatch
            };
        }
        if self.endpoint.method != "POST" {
            return Remedy::AddKey;
        }
        let session = shape.last_word(&words.sessions).is_some() && !shape.names_one();
        if session && self.endpoint.critical.is_none() {
            return Remedy::Expire;
        }
        if !shape.names_one() && shape.outer_word(&words.transitions).is_some() {
            return Remedy::StateTransition;
        }
        if !shape.names_one() && shape.outer_word(&words.sends).is_some() {
            return Remedy::Outbox;
        }
        if self.endpoint.critical.is_some() {
            return Remedy::AddKey;
        }
        if shape.names_one() {
            return Remedy::IfMatch;
        }
        if self.item_path(&["PUT"]).is_some() {
            return Remedy::PutWithClientId;
        }
        if self.makes_one_of_many() && !shape.natural_members().is_empty() {
            return Remedy::NaturalKey;
        }
        Remedy::AddKey
    }

    /// The key that the operation declares and does not require.
    fn declared_key(&self) -> Option<&crate::model::Key> {
        self.operation.keys.iter().find(|key| !key.precondition)
    }

    /// Whether the path names a kind of things, so that a POST makes one more of them.
    fn makes_one_of_many(&self) -> bool {
        let contract = self.operation.contract;
        let item = format!("{}/{{}}", self.endpoint.path.trim_end_matches('/'));
        let known = ["GET", "DELETE", "PUT", "PATCH", "POST"];
        let has_items = known
            .iter()
            .any(|method| self.context.has(contract, &item, method));
        has_items || !self.shape.acts_on_one()
    }

    /// The path of one thing of this kind, if the contract has one of these methods for it.
    fn item_path(&self, methods: &[&'static str]) -> Option<String> {
        let contract = self.operation.contract;
        let item = format!("{}/{{}}", self.endpoint.path.trim_end_matches('/'));
        let known = methods
            .iter()
            .any(|method| self.context.has(contract, &item, method));
        if !known {
            return None;
        }
        let siblings = self.context.by_contract.get(&contract)?;
        let found = siblings
            .iter()
            .find(|other| unnamed_path(&other.path) == unnamed_path(&item))?;
        Some(found.path.clone())
    }

    /// What the endpoint makes or changes, in words.
    fn thing(&self) -> String {
        let collection = if self.shape.acts_on_one() {
            let mut literal = self.shape.segments.iter().rev().filter(|s| !s.parameter);
            literal.nth(1)
        } else {
            self.shape.last_literal()
        };
        let words = collection.map_or_else(Vec::new, |segment| split_words(segment.text));
        let name = words.join(" ");
        match name.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None if name.ends_with("ss") => name,
            None => name.strip_suffix('s').unwrap_or(&name).to_owned(),
        }
    }

    fn summary(&self, remedy: Remedy) -> String {
        let (key, name) = (quoted(&self.key), quoted(&self.endpoint.name()));
        match remedy {
            Remedy::RequireKey => format!(
                "Make {key} required on {name}: it is accepted already, and one word in the contract \
                 makes it something to rely on."
            ),
            Remedy::AddKey => {
                format!("Require {key} on {name}, and answer a repeat with the stored answer.")
            }
            Remedy::NaturalKey => {
                let members = self.shape.natural_members();
                format!(
                    "Make {} unique for each {} of {name}, and answer the repeat with 409 or with what is \
                     there.",
                    quoted(members.first().copied().unwrap_or("id")),
                    self.thing()
                )
            }
            Remedy::PutWithClientId => {
                let item = quoted(&format!(
                    "PUT {}",
                    self.item_path(&["PUT"]).unwrap_or_default()
                ));
                format!(
                    "Let the client choose the id and send {item}, which the contract has already; keep \
                     {name} for those who cannot, with {key}."
                )
            }
            Remedy::IfMatch => {
                format!("Require `If-Match` with the ETag of what {name} changes.")
            }
            Remedy::MergePatch => format!(
                "Declare the body of {name} as `application/merge-patch+json`: it sets members to values, and a \
                 repeat sets the same."
            ),
            Remedy::StateTransition => format!(
                "Make {name} a change of state that may be repeated: whoever asks again is answered with the \
                 state that is reached already."
            ),
            Remedy::Outbox => format!(
                "Require {key} on {name}, and send from an outbox: one row for each key, written in the \
                 transaction of the request."
            ),
            Remedy::Expire => format!(
                "A repeat of {name} makes another session or token and changes nothing else: let them expire, \
                 and limit how many one caller may hold."
            ),
        }
    }
}
