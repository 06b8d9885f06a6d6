//! Handlers that answer the handshake of a WebSocket: a GET, whatever their route accepts (RFC 6455 section 4.1).

use super::{ANY_METHOD, FoundRoute, RouteHandler};
use crate::link::infer::FunctionContext;
use crate::link::program::FunctionId;
use crate::link::resolve::{Namespace, Resolved, Resolver};
use crate::link::types::Type;
use crate::read::rust::ir::{ExprKind, TypeRef};
use smol_str::SmolStr;

/// Gives routes of any method whose handlers answer handshakes the one that these have.
pub(in crate::link::infer) fn handshakes(
    resolver: &Resolver<'_, '_>,
    routes: &mut [(FunctionId, FoundRoute)],
) {
    for (_, route) in routes {
        let any = route.method == ANY_METHOD;
        if let RouteHandler::Functions(handlers) = &route.handler
            && any
            && handlers.iter().any(|id| shakes_hands(resolver, *id))
        {
            route.method = SmolStr::new_static("GET");
        }
    }
}

/// Whether a function is given what a handshake is answered with, or calls what answers it.
fn shakes_hands(resolver: &Resolver<'_, '_>, handler: FunctionId) -> bool {
    let def = &resolver.program.functions[handler.0];
    let known = &resolver.catalog.words.handshakes;
    let known = |path: &str| known.iter().any(|one| one == path);
    let context = FunctionContext::new(resolver, handler);
    let is_handshake = |ty: &TypeRef| match resolver.type_of(context.scope(), ty) {
        Type::External(path, _) => known(&path),
        _ => false,
    };
    let mut parameters = def.function.parameters.iter();
    if parameters.any(|(_, ty)| is_handshake(ty)) {
        return true;
    }
    // What chooses may answer others otherwise.
    let exprs = def.function.body.iter().flat_map(|body| &body.exprs);
    let mut choices = exprs.clone();
    if choices.any(|expr| matches!(expr.kind, ExprKind::If { .. } | ExprKind::Match { .. })) {
        return false;
    }
    let mut exprs = exprs;
    exprs.any(|expr| match &expr.kind {
        ExprKind::Path(path) if path.segments.len() > 1 => {
            let found = resolver.resolve(def.module, &path.segments, Namespace::Values);
            matches!(found, Resolved::External(path) if known(&path))
        }
        _ => false,
    })
}
