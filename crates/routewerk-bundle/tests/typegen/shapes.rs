//! The exported types, compared with those of `next` one by one: both ways assignable, except where a name below says
//! otherwise.
//!
//! Our declarations are brought into one program with the package under another name, and TypeScript itself computes
//! the differences, key by key.

use std::fmt::Write as _;

use routewerk_bundle::{NextModules, RuntimeSources};

use crate::project::{Project, TypeScript};

/// Computes the keys in which two types differ: only in one of them, or not assignable to each other. What is
/// assignable both ways is the same for whoever uses it.
const COMPARE: &str = "
type Relation<A, B> = [A] extends [B] ? ([B] extends [A] ? never : 'theirs is wider') : 'ours is wider'
type IsAny<A> = 0 extends 1 & A ? true : false
type Compared<A, B> = IsAny<A> extends IsAny<B> ? Relation<A, B> : 'one is any'
type Difference<A, B> = {
  [K in keyof A | keyof B as K extends keyof A & keyof B ? ([Compared<A[K], B[K]>] extends [never] ? never : K) : K]:
    K extends keyof A & keyof B ? Compared<A[K], B[K]> : K extends keyof A ? 'only ours' : 'only theirs'
}
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
/** An error here shows what was found where it differs from what is expected. */
declare function differ<Found>(): { expecting<Expected>(same: Identical<Expected, Found> extends true ? [] : { [K in keyof Found]: Found[K] }): void }
";

/// Lays a program in which `ours/*` are our types and `next/*` those of the package, and a comparison.
fn compare(comparison: &str) -> Vec<String> {
    let generated = Project::new(&[("app/route.ts", "export {}\n")]);
    generated.typegen();
    let mut ours = String::new();
    for line in generated.read(".routewerk/types/next.d.ts").lines() {
        ours.push_str(&line.replace("'next/", "'ours/").replace("'next'", "'ours'"));
        ours.push('\n');
    }
    // What is global is global: it would meet what the package declares.
    let (modules, _) = ours.split_once("/** The option `next` of `fetch()`").expect("the global part is the last");
    let project = Project::new(&[("ours.d.ts", modules), ("compare.ts", &format!("{comparison}\n{COMPARE}"))]);
    project.configure(r#""noUnusedLocals": false, "skipLibCheck": true"#);
    project.link(&["next", "@types/react", "react"]);
    let problems = project.check(TypeScript::Five);
    problems.into_iter().map(|problem| format!("{}: {}: {}", problem.file, problem.code, problem.text)).collect()
}

#[test]
fn every_exported_type_is_that_of_next() {
    let problems = compare(
        "
import type * as O from 'ours'
import type * as N from 'next'
import type * as OServer from 'ours/server'
import type * as NServer from 'next/server'
import type * as OCache from 'ours/cache'
import type * as NCache from 'next/cache'
import type * as OHeaders from 'ours/headers'
import type * as NHeaders from 'next/headers'
import type * as ONavigation from 'ours/navigation'
import type * as NNavigation from 'next/navigation'
import type * as OConstants from 'ours/constants'
import type * as NConstants from 'next/constants'
import type * as OOg from 'ours/og'
import type * as NOg from 'next/og'
import type * as OCookies from 'ours/dist/compiled/@edge-runtime/cookies'
import type * as NCookies from 'next/dist/compiled/@edge-runtime/cookies'
import type { ReadonlyRequestCookies as OJar } from 'ours/dist/server/web/spec-extension/adapters/request-cookies'
import type { ReadonlyRequestCookies as NJar } from 'next/dist/server/web/spec-extension/adapters/request-cookies'
import type { ReadonlyHeaders as OList } from 'ours/dist/server/web/spec-extension/adapters/headers'
import type { ReadonlyHeaders as NList } from 'next/dist/server/web/spec-extension/adapters/headers'
import type { NextURL as OUrl } from 'ours/dist/server/web/next-url'
import type { NextURL as NUrl } from 'next/dist/server/web/next-url'
import type { ExperimentalConfig as OExperimental, NextConfigComplete as OComplete } from 'ours/dist/server/config-shared'
import type { ExperimentalConfig as NExperimental, NextConfigComplete as NComplete } from 'next/dist/server/config-shared'

// Whole modules: what a user can import as a value.
differ<Difference<typeof OCache, typeof NCache>>().expecting<{}>([])
differ<Difference<typeof OHeaders, typeof NHeaders>>().expecting<{}>([])
differ<Difference<typeof OCookies, typeof NCookies>>().expecting<{}>([])
differ<Difference<typeof OConstants, Pick<typeof NConstants, keyof typeof OConstants>>>().expecting<{}>([])
// The hooks of pages are not served.
differ<Difference<typeof ONavigation, typeof NNavigation>>().expecting<{
  ServerInsertedHTMLContext: 'only theirs'
  useParams: 'only theirs'
  usePathname: 'only theirs'
  useRouter: 'only theirs'
  useSearchParams: 'only theirs'
  useSelectedLayoutSegment: 'only theirs'
  useSelectedLayoutSegments: 'only theirs'
  useServerInsertedHTML: 'only theirs'
}>([])
// An element is known by its shape, which takes a little more than React's type.
differ<Difference<typeof OOg, typeof NOg>>().expecting<{ ImageResponse: 'theirs is wider' }>([])
// Classes with private or symbol parts are equal to none but themselves; what a user sees of them is compared below.
differ<Difference<typeof OServer, typeof NServer>>().expecting<{
  NextFetchEvent: 'ours is wider'
  NextRequest: 'ours is wider'
  NextResponse: 'ours is wider'
}>([])

type Named<A> = { [K in keyof A as K extends string ? K : never]: A[K] }
differ<Difference<Omit<OUrl, 'clone'>, Omit<NUrl, 'clone'>>>().expecting<{}>([])
differ<Difference<OServer.NextRequest, NServer.NextRequest>>().expecting<{ nextUrl: 'ours is wider' }>([])
differ<Difference<Named<OServer.NextResponse<1>>, Named<NServer.NextResponse<1>>>>().expecting<{}>([])
differ<Difference<Named<OServer.NextFetchEvent>, Named<NServer.NextFetchEvent>>>().expecting<{}>([])
differ<Difference<Named<typeof OServer.NextResponse>, Named<typeof NServer.NextResponse>>>().expecting<{
  json: 'ours is wider'
  next: 'ours is wider'
  prototype: 'ours is wider'
  redirect: 'ours is wider'
  rewrite: 'ours is wider'
}>([])

// Types.
differ<Difference<O.NextConfig, N.NextConfig>>().expecting<{ webpack: 'ours is wider' }>([])
differ<Difference<OExperimental, NExperimental>>().expecting<{}>([])
// An enumeration of the package's own that no configuration names.
differ<Difference<Omit<OComplete, 'webpack'>, Omit<NComplete, 'webpack'>>>().expecting<{ experimental: 'ours is wider' }>([])
differ<Difference<O.Metadata, N.Metadata>>().expecting<{}>([])
differ<Difference<O.Viewport, N.Viewport>>().expecting<{}>([])
differ<Difference<O.MetadataRoute.Manifest, N.MetadataRoute.Manifest>>().expecting<{}>([])
differ<Difference<O.MetadataRoute.Robots, N.MetadataRoute.Robots>>().expecting<{}>([])
differ<Difference<O.MetadataRoute.Sitemap[0], N.MetadataRoute.Sitemap[0]>>().expecting<{}>([])
differ<Difference<O.NextApiRequest, N.NextApiRequest>>().expecting<{}>([])
differ<Difference<O.NextApiResponse<1>, N.NextApiResponse<1>>>().expecting<{}>([])
differ<Difference<OCookies.RequestCookies, NCookies.RequestCookies>>().expecting<{}>([])
differ<Difference<OCookies.ResponseCookies, NCookies.ResponseCookies>>().expecting<{}>([])
differ<Difference<OCookies.ResponseCookie, NCookies.ResponseCookie>>().expecting<{}>([])
differ<Difference<OCookies.CookieListItem, NCookies.CookieListItem>>().expecting<{}>([])
type Rest<M extends 'O' | 'N'> = {
  O: [OServer.ImageResponseOptions, OServer.ProxyConfig, OServer.MiddlewareConfig, OJar, OList, OCache.CacheEntry, OCache.CacheHandler,
    OCookies.RequestCookie, OConstants.PHASE_TYPE, O.GetServerSidePropsContext, O.Instrumentation.onRequestError, O.NextApiHandler<1>,
    O.PageConfig, O.PreviewData, O.Redirect, O.ResponseLimit, O.Route, O.ServerRuntime, O.SizeLimit, O.FileSizeSuffix]
  N: [NServer.ImageResponseOptions, NServer.ProxyConfig, NServer.MiddlewareConfig, NJar, NList, NCache.CacheEntry, NCache.CacheHandler,
    NCookies.RequestCookie, NConstants.PHASE_TYPE, N.GetServerSidePropsContext, N.Instrumentation.onRequestError, N.NextApiHandler<1>,
    N.PageConfig, N.PreviewData, N.Redirect, N.ResponseLimit, N.Route, N.ServerRuntime, N.SizeLimit, N.FileSizeSuffix]
}[M]
differ<Difference<Rest<'O'>, Rest<'N'>>>().expecting<{}>([])
",
    );
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_comparison_finds_differences() {
    let problems = compare(
        "
differ<Difference<{ a: 1; b?: 2; c: any; d: 'x' }, { a: number; b?: 2; c: string; e: 1 }>>().expecting<{}>([])
",
    );
    assert_eq!(problems.len(), 1, "{problems:?}");
    for part in ["a: \"theirs is wider\"", "c: \"one is any\"", "d: \"only ours\"", "e: \"only theirs\""] {
        assert!(problems[0].contains(part), "{part}: {}", problems[0]);
    }
}

#[test]
fn every_name_that_the_runtime_serves_has_a_type() {
    let modules: NextModules = RuntimeSources::embedded().next_modules().expect("the table");
    let mut text = String::new();
    for (specifier, names) in modules.served() {
        let _ = writeln!(text, "export {{ {} }} from '{specifier}';", list(specifier, names));
    }
    let project = Project::strict(&[("app/route.ts", "export {};\n"), ("all.ts", &text)]);
    project.typegen();
    assert_eq!(project.check(TypeScript::Seven), []);
}

/// Names under which one module can export those of several.
fn list(specifier: &str, names: &[String]) -> String {
    let prefix = specifier.replace('/', "_");
    names.iter().map(|name| format!("{name} as {prefix}_{name}")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_declarations_say_nothing_that_the_runtime_does_not_serve() {
    let modules: NextModules = RuntimeSources::embedded().next_modules().expect("the table");
    let mut found = Vec::new();
    for (specifier, names) in modules.served() {
        // `keyof typeof import()` has the values of a module, and none of its types.
        let keys: Vec<_> = names.iter().map(|name| format!("'{name}'")).collect();
        found.push(format!(
            "type _{} = Exclude<keyof typeof import('{specifier}'), {}>;",
            specifier.replace('/', "_"),
            keys.join(" | ")
        ));
    }
    let uses: Vec<_> = modules.served().map(|(specifier, _)| format!("_{}", specifier.replace('/', "_"))).collect();
    let text = format!("{}\nexport const none: never[] = [] as ({})[];\n", found.join("\n"), uses.join(" | "));
    let project = Project::strict(&[("app/route.ts", "export {};\n"), ("all.ts", &text)]);
    project.typegen();
    // `NextFetchEvent` is a class in the types and only a type in the runtime, as in Next.js.
    let problems = project.check(TypeScript::Five);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].text.contains("\"NextFetchEvent\"") && !problems[0].text.contains(" | "), "{problems:?}");
}
