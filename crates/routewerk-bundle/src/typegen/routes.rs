//! `routes.d.ts`: the union of the routes, the params of each, and the global `RouteContext`.
//!
//! `RouteContext` is an interface with Next.js's name and parameter, so that the two declarations merge where a
//! project still has what `next typegen` wrote.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use routewerk_routes::{ParamKind, ParamName, RouteSet};

use super::{MARK, quote};

/// The text of the file. Routes stand in the order of their patterns, whatever the order of the set.
pub(super) fn text(set: &RouteSet) -> String {
    // Two files of one pattern are a conflict, but development goes on: the pattern stands once.
    let by_pattern: BTreeMap<&str, &[ParamName]> =
        set.routes.iter().map(|route| (route.pattern.as_str(), route.params.as_slice())).collect();
    let mut routes: Vec<_> = by_pattern.into_iter().collect();
    routes.sort_by(|left, right| quote::code_unit_order(left.0, right.0));

    let mut union = String::new();
    let mut params = String::new();
    for (pattern, names) in &routes {
        let pattern = quote::string(pattern);
        let _ = write!(union, "\n  | {pattern}");
        let _ = writeln!(params, "  {pattern}: {};", object_type(names));
    }
    let union = if union.is_empty() { " never" } else { &union };
    format!(
        "{MARK}
/** Every route of this project that has a handler. */
type AppRouteHandlerRoutes ={union};

/** The params of each route. */
interface ParamMap {{
{params}}}

/** The params of a route. */
export type ParamsOf<Route extends AppRouteHandlerRoutes> = ParamMap[Route];

export type {{ AppRouteHandlerRoutes, ParamMap }};

declare global {{
  /** The second argument of a handler: `GET(request: NextRequest, context: RouteContext<\"/items/[id]\">)`. */
  interface RouteContext<AppRouteHandlerRoute extends AppRouteHandlerRoutes> {{
    params: Promise<ParamMap[AppRouteHandlerRoute]>;
  }}
}}
"
    )
}

/// The type of a route's params.
fn object_type(names: &[ParamName]) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut fields = String::new();
    for param in names {
        // An intercepting route may have a name before and after its marker: it is one value.
        if seen.contains(&param.name.as_str()) {
            continue;
        }
        seen.push(&param.name);
        let (mark, value) = match param.kind {
            ParamKind::Single => ("", "string"),
            ParamKind::CatchAll => ("", "string[]"),
            ParamKind::OptionalCatchAll => ("?", "string[]"),
        };
        let _ = write!(fields, " {}{mark}: {value};", quote::string(&param.name));
    }
    if fields.is_empty() { "{}".to_owned() } else { format!("{{{fields} }}") }
}
