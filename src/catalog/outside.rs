//! `rules/catalog/outside.yaml`: products outside of the system, and how code shows that it uses one.

use super::words::split_words;
use crate::model::{ComponentKind, RelationKind};
use serde::Deserialize;

/// What is known of products outside.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideRules {
    /// Last words of a type's name by which it is the client of what it is named after.
    pub client_words: Vec<String>,
    /// Words of such names that say nothing of what it is.
    pub filler_words: Vec<String>,
    /// First words of operations that read.
    pub reading_words: Vec<String>,
    /// First words of operations that write.
    pub writing_words: Vec<String>,
    /// First words of operations that take messages.
    pub taking_words: Vec<String>,
    /// How the names of crates begin that are each for a service of a cloud.
    pub cloud_crates: Vec<String>,
    /// Technologies that take the place of a whole cloud.
    pub cloud_stand_ins: Vec<String>,
    /// Technologies of which each understands the clients of the others.
    pub protocols: Vec<Vec<String>>,
    /// The products, by name.
    pub products: Vec<Product>,
}

/// A product that somebody else runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// What it is called; also its technology.
    pub name: String,
    /// What it is there for.
    pub kind: ComponentKind,
    /// Its hosts; what is below them counts too.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The Rust crates that are there to use it.
    #[serde(default)]
    pub crates: Vec<String>,
    /// What stands in a program of another language that uses it through a library, in small letters.
    #[serde(default)]
    pub texts: Vec<String>,
    /// Technologies that take its place in a compose file.
    #[serde(default)]
    pub stand_ins: Vec<String>,
}

impl Product {
    /// A party outside of which no more is known than what it is called.
    #[must_use]
    pub fn unknown(name: String) -> Self {
        Self {
            name,
            kind: ComponentKind::External,
            hosts: Vec::new(),
            crates: Vec::new(),
            texts: Vec::new(),
            stand_ins: Vec::new(),
        }
    }
}

impl OutsideRules {
    /// The product behind a host.
    #[must_use]
    pub fn of_host(&self, host: &str) -> Option<&Product> {
        let below = |known: &&String| {
            let before = host.strip_suffix(known.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        let found = self.products.iter().filter_map(|product| {
            let longest = product.hosts.iter().filter(below).map(String::len).max();
            Some((longest?, product))
        });
        found
            .max_by_key(|(length, _)| *length)
            .map(|(_, product)| product)
    }

    /// The product that a Rust crate is there for. Of a cloud, each service that is not known better is named after its
    /// crate.
    #[must_use]
    pub fn of_crate(&self, krate: &str) -> Option<Product> {
        let mut products = self.products.iter();
        if let Some(known) = products.find(|one| one.crates.iter().any(|known| known == krate)) {
            return Some(known.clone());
        }
        let service = self.cloud_service(krate)?;
        Some(Product::unknown(service.replace('_', "-")))
    }

    /// The service of a cloud that a crate is for, as the crate calls it.
    fn cloud_service<'k>(&self, krate: &'k str) -> Option<&'k str> {
        let prefixes = self.cloud_crates.iter();
        let services = prefixes.filter_map(|prefix| krate.strip_prefix(prefix.as_str()));
        services.into_iter().find(|service| !service.is_empty())
    }

    /// Whether a component of this kind and technology takes the place of a product that is used through this crate; the
    /// smaller the number, the closer it is.
    #[must_use]
    pub fn takes_the_place(
        &self,
        product: &Product,
        krate: &str,
        kind: ComponentKind,
        technology: Option<&str>,
    ) -> Option<usize> {
        let at = |list: &[String]| {
            technology.and_then(|technology| list.iter().position(|one| one == technology))
        };
        if let Some(own) = at(std::slice::from_ref(&product.name)) {
            return Some(own);
        }
        if let Some(place) = at(&product.stand_ins) {
            return Some(1 + place);
        }
        // Object stores speak one language.
        let store = kind == ComponentKind::ObjectStore && product.kind == kind;
        let cloud = self.cloud_service(krate).is_some() && at(&self.cloud_stand_ins).is_some();
        (store || cloud).then_some(0)
    }

    /// Whether what is made by one technology understands the clients of another.
    #[must_use]
    pub fn speaks(&self, technology: &str, other: &str) -> bool {
        let is = |known: &[String], name: &str| known.iter().any(|one| one == name);
        technology == other
            || (self.protocols.iter()).any(|all| is(all, technology) && is(all, other))
    }

    /// What is named by the type of a client: `GitHubClient`, `PaymentGateway`; and the product of that name.
    #[must_use]
    pub fn of_type(&self, name: &str) -> Option<(String, Option<&Product>)> {
        let words = split_words(name);
        let client = words
            .last()
            .is_some_and(|last| self.client_words.contains(last));
        let named = self.named(words)?;
        (client || named.1.is_some()).then_some(named)
    }

    /// The product of a client that says only how it asks, by the directory or file that it stands in: `snowflake/sql_client.rs`
    /// of a `SqlClient`.
    #[must_use]
    pub fn of_place(&self, name: &str, path: &str) -> Option<(String, Option<&Product>)> {
        let words = split_words(name);
        let client = words
            .last()
            .is_some_and(|last| self.client_words.contains(last));
        if !client || self.named(words).is_some() {
            return None;
        }
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let parts = path.rsplit('/').take_while(|part| *part != "src");
        let mut parts = parts.map(split_words);
        parts.find_map(|words| self.named(words).filter(|(_, product)| product.is_some()))
    }

    /// What is named by the words of a variable that holds an address, and the product of that name.
    #[must_use]
    pub fn named(&self, words: Vec<String>) -> Option<(String, Option<&Product>)> {
        let words: Vec<String> = words
            .into_iter()
            .filter(|word| !self.filler_words.contains(word))
            .collect();
        let letters = words.concat();
        if letters.is_empty() {
            return None;
        }
        let mut products = self.products.iter();
        let product = products.find(|one| one.name.replace('-', "") == letters);
        let name = product.map_or_else(|| words.join("-"), |product| product.name.clone());
        Some((name, product))
    }

    /// What an operation does to a product of a kind: `put_object` writes, `receive_message` takes.
    #[must_use]
    pub fn does(&self, operation: &str, kind: ComponentKind) -> Option<RelationKind> {
        let begins = |words: &[String]| {
            words.iter().any(|word| {
                let rest = operation.strip_prefix(word.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            })
        };
        match kind {
            ComponentKind::Queue | ComponentKind::Topic => Some(match begins(&self.taking_words) {
                true => RelationKind::Consumes,
                false => RelationKind::Publishes,
            }),
            ComponentKind::Database | ComponentKind::ObjectStore => {
                match (begins(&self.reading_words), begins(&self.writing_words)) {
                    (true, _) => Some(RelationKind::Reads),
                    (false, true) => Some(RelationKind::Writes),
                    (false, false) => None,
                }
            }
            _ => None,
        }
    }
}
