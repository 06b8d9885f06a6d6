//! Macros of the system, read where they are called: as if their template stood there.

use super::BodyReader;
use super::value::Value;
use crate::read::rust::ir::{ExprId, ExprKind, Path};
use crate::source::Span;
use smol_str::SmolStr;

/// What fragments of a macro stand for.
type Bound<T> = Vec<(SmolStr, T)>;

/// How many macros within macros are followed.
const MAX_EXPANSIONS: usize = 4;

impl<'a> BodyReader<'a, '_> {
    /// The value of a call of a `macro_rules!` of the system; none where there is none.
    pub(super) fn expand(
        &mut self,
        path: &Path,
        values: &[Value],
        args: &'a [ExprId],
    ) -> Option<Value> {
        let program = self.resolver.program;
        let def = program.macro_named(self.context.module, path.last())?;
        let fits = |count: usize| def.arms.iter().find(|arm| arm.fragments.len() == count);
        let arm = fits(values.len()).or_else(|| def.arms.last())?;
        let root = arm
            .template
            .root
            .filter(|_| self.expansions < MAX_EXPANSIONS)?;
        let place = args.first().map(|first| self.span_of(*first));
        let (calls, edges) = (self.out.calls.len(), self.out.edges.len());

        let (bound, written) = self.given_to(&arm.fragments, values, args);
        let body = std::mem::replace(&mut self.body, &arm.template);
        let source = std::mem::replace(&mut self.source, def.source);
        let names = std::mem::replace(&mut self.fragments, written);
        let variables = std::mem::replace(&mut self.variables, bound);
        let branches = std::mem::take(&mut self.branches);
        self.expansions += 1;
        let value = self.eval(root);
        self.expansions -= 1;
        self.body = body;
        self.source = source;
        self.variables = variables;
        self.fragments = names;
        self.branches = branches;

        self.stand_at(place, calls, edges);
        Some(value)
    }

    /// What the fragments of a macro are given: values, and names where a name stands there. `$method:ident ($($args:expr),*)`
    /// takes a call apart: its name, and its arguments.
    fn given_to(
        &mut self,
        fragments: &[SmolStr],
        values: &[Value],
        args: &'a [ExprId],
    ) -> (Bound<Value>, Bound<SmolStr>) {
        let (mut bound, mut written) = (Bound::new(), Bound::new());
        let mut left = fragments.iter();
        for (index, (value, arg)) in values.iter().zip(args).enumerate() {
            let more = left.len() > args.len() - index;
            let Some(fragment) = left.next() else { break };
            let name = |path: &Path| {
                let name = path.as_name()?;
                // What a macro hands on to another one is named where the first of them is called.
                Some(self.written_for(name).unwrap_or(name).clone())
            };
            match &self.body.get(*arg).kind {
                ExprKind::Call {
                    callee,
                    args: inner,
                } if more && self.is_bare_name(*callee) => {
                    if let ExprKind::Path(path) = &self.body.get(*callee).kind {
                        written.extend(name(path).map(|name| (fragment.clone(), name)));
                    }
                    if let Some(fragment) = left.next() {
                        let plain = inner.first().filter(|first| {
                            matches!(self.body.get(**first).kind, ExprKind::Path(_))
                        });
                        let value = plain.map(|first| self.eval(*first)).unwrap_or_default();
                        bound.push((fragment.clone(), value));
                    }
                    continue;
                }
                ExprKind::Path(path) => {
                    written.extend(name(path).map(|name| (fragment.clone(), name)));
                }
                _ => {}
            }
            bound.push((fragment.clone(), value.clone()));
        }
        (bound, written)
    }

    /// Whether what is called is a name that no function of the system has: one that a macro is handed.
    fn is_bare_name(&self, callee: ExprId) -> bool {
        match &self.body.get(callee).kind {
            ExprKind::Path(path) => path.as_name().is_some() && !self.is_own(path),
            _ => false,
        }
    }

    /// The name that stands for a fragment where the macro is called.
    pub(super) fn written_for(&self, fragment: &SmolStr) -> Option<&SmolStr> {
        let mut names = self.fragments.iter();
        let (_, written) = names.find(|(known, _)| known == fragment)?;
        Some(written)
    }

    /// `$module::check` as it is where the macro is called.
    pub(super) fn as_written(&self, path: &Path) -> Option<Path> {
        let [first, _, ..] = path.segments.as_slice() else {
            return None;
        };
        let written = self.written_for(&first.name)?.clone();
        let mut path = path.clone();
        path.segments[0].name = written;
        Some(path)
    }

    /// What a template does, it does where the macro is called.
    fn stand_at(&mut self, place: Option<Span>, calls: usize, edges: usize) {
        let Some(place) = place else { return };
        for call in &mut self.out.calls[calls..] {
            call.span = place;
            call.name_span = place;
        }
        for edge in &mut self.out.edges[edges..] {
            edge.span = place;
        }
    }
}
