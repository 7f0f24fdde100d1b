//! `validator.ts`: one check per route file, which TypeScript makes when it checks the project.
//!
//! The methods are checked as by Next.js, and the message names the same `RouteHandlerConfig`. Beyond it the segment
//! configuration is checked, where its type says enough: a value whose type is a plain `string` may be right.
//!
//! JavaScript files are not checked: what TypeScript infers of them is too vague to be held against them.

use std::fmt::Write as _;
use std::path::Path;

use routewerk_routes::RouteSet;

use super::{MARK, TYPES_FOLDER, quote};

/// What the checks are made of.
const DEFINITIONS: &str = r#"import type { NextRequest } from "next/server.js";
import type { AppRouteHandlerRoutes, ParamMap } from "./routes.js";

type RouteHandlerConfig<Route extends AppRouteHandlerRoutes> = {
  GET?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
  POST?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
  PUT?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
  PATCH?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
  DELETE?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
  HEAD?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
  OPTIONS?: (request: NextRequest, context: { params: Promise<ParamMap[Route]> }) => Promise<Response | void> | Response | void;
};

type RouteSegmentConfig = {
  dynamic?: "auto" | "error" | "force-dynamic" | "force-static";
  dynamicParams?: boolean;
  fetchCache?:
    | "auto"
    | "default-cache"
    | "default-no-store"
    | "force-cache"
    | "force-no-store"
    | "only-cache"
    | "only-no-store";
  maxDuration?: number;
  preferredRegion?: string | readonly string[];
  revalidate?: number | false;
  runtime?: "edge" | "experimental-edge" | "nodejs";
};

/** The segment configuration of a module. A value of which only `string` is known is not judged. */
type SegmentConfigOf<Module> = {
  [Name in keyof Module & keyof RouteSegmentConfig as string extends Module[Name] ? never : Name]: Module[Name];
};

/** Refuses exports that are not what they are expected to be. */
type Checked<Expected, Exports extends Expected> = Exports;
"#;

/// The text of the file, in the order of the route files.
pub(super) fn text(set: &RouteSet) -> String {
    let mut routes: Vec<_> =
        set.routes.iter().filter_map(|route| Some((specifier(&route.file)?, &route.file, &route.pattern))).collect();
    routes.sort_by(|left, right| quote::code_unit_order(&left.0, &right.0).then_with(|| left.1.cmp(right.1)));
    if routes.is_empty() {
        return format!("{MARK}// There is no route in TypeScript to check.\n\nexport {{}};\n");
    }
    let mut text = format!("{MARK}\n{DEFINITIONS}");
    for (number, (specifier, file, pattern)) in routes.iter().enumerate() {
        let (file, module, pattern) =
            (quote::string(&file.display().to_string()), quote::string(specifier), quote::string(pattern));
        let _ = write!(
            text,
            "\n// {file}\nexport type Handlers{number} = Checked<RouteHandlerConfig<{pattern}>, typeof import({module})>;\n\
             export type Segment{number} = Checked<RouteSegmentConfig, SegmentConfigOf<typeof import({module})>>;\n"
        );
    }
    text
}

/// How `validator.ts` imports a route file: by the name that the file has once it is JavaScript, which every
/// `moduleResolution` understands. `None` for JavaScript, and for a name that no import can spell.
fn specifier(file: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in file {
        parts.push(part.to_str()?);
    }
    // TypeScript takes a backslash in a specifier for a slash.
    if parts.iter().any(|part| part.contains('\\')) {
        return None;
    }
    let path = parts.join("/");
    let (stem, extension) = path.rsplit_once('.')?;
    let extension = match extension {
        "ts" | "tsx" => "js",
        "mts" => "mjs",
        "cts" => "cjs",
        _ => return None,
    };
    let up = "../".repeat(TYPES_FOLDER.split('/').count());
    Some(format!("{up}{stem}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_imported_by_the_name_of_their_javascript() {
        let of = |file: &str| specifier(Path::new(file));
        assert_eq!(of("app/x/[id]/route.ts").as_deref(), Some("../../app/x/[id]/route.js"));
        assert_eq!(of("src/app/route.tsx").as_deref(), Some("../../src/app/route.js"));
        assert_eq!(of("app/route.api.mts").as_deref(), Some("../../app/route.api.mjs"));
        assert_eq!(of("app/route.js"), None);
        assert_eq!(of("app/a\\b/route.ts"), None);
    }
}
