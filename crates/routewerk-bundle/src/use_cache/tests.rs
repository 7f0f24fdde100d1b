//! What becomes of functions with the directive, text for text, and what is refused. Each program is wrapped and parsed again: what is
//! put in has to be valid wherever it stands.

use std::fmt::Write as _;
use std::path::Path;

use oxc::allocator::Allocator;
use oxc::parser::Parser;
use oxc::semantic::SemanticBuilder;
use oxc::span::SourceType;

use super::wrapper::RUNTIME;
use super::{UseCache, wrap, wrap_cached};

fn on() -> UseCache {
    UseCache { is_enabled: true, kinds: vec!["sql".to_owned()] }
}

/// The text with its functions wrapped. The ids are shortened to what comes before the hash.
fn wrapped(text: &str) -> String {
    let made = wrap(&on(), text, Path::new("/p/lib/a.tsx"), "a").expect("functions that can be wrapped");
    let made = made.unwrap_or_else(|| text.to_owned());
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, &made, SourceType::tsx()).parse();
    assert!(!parsed.diagnostics.has_errors(), "{made}\n{:?}", parsed.diagnostics);
    let checked = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    assert!(!checked.diagnostics.has_errors(), "{made}\n{:?}", checked.diagnostics);
    assert_eq!(made.lines().count(), text.lines().count(), "{made}");
    let made = made.replace(RUNTIME, "RW");
    let mut shown = String::new();
    let mut parts = made.split("\"a:");
    shown.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (place, rest) = part.split_once('"').expect("the end of an id");
        let _ = write!(shown, "{}{rest}", place.split(':').next().unwrap_or_default());
    }
    shown
}

/// What the calls of the runtime capture, and the parameters that get it.
fn captured(text: &str) -> Vec<String> {
    let made = wrapped(text);
    let calls = made.split("RW.").skip(1).filter(|call| !call.starts_with("bind("));
    calls
        .map(|call| {
            let head = &call[..=call.find(")=>async").or_else(|| call.find(")=>{")).expect("a head")];
            // Behind the id, the store, the count of arguments, and the arguments or the name.
            let skipped = if head.starts_with("declared(") { 5 } else { 4 };
            head.splitn(skipped + 1, ',').last().unwrap_or_default().to_owned()
        })
        .collect()
}

fn faults(text: &str) -> Vec<String> {
    faults_with(&on(), text)
}

fn faults_with(settings: &UseCache, text: &str) -> Vec<String> {
    let found = wrap(settings, text, Path::new("/p/a.ts"), "a").expect_err(text);
    found
        .into_iter()
        .map(|(fault, span)| format!("{} | {}", &text[span.start as usize..span.end as usize], fault.message()))
        .collect()
}

#[test]
fn a_declared_function_asks_the_runtime_and_stays_declared() {
    assert_eq!(
        wrapped(
            "export async function f(a: string, { b }: B = {}): Promise<X> {\n  'use cache'\n  return a + b\n}\nf('x')"
        ),
        "export function f(...__rwArgs){return RW.declared(f,7,\"default\",2,__rwArgs,null,()=>async function f(a: string, \
         { b }: B = {}): Promise<X> {\n  'use cache'\n  return a + b\n})};RW.bind(f,7);\nf('x')"
    );
}

#[test]
fn an_expression_is_handed_to_the_runtime() {
    assert_eq!(
        wrapped("const f = async <T,>(a: T) => { 'use cache: remote'; return a };"),
        "const f = RW.make(10,\"remote\",1,\"f\",null,()=>async <T,>(a: T) => { 'use cache: remote'; return a });"
    );
    assert_eq!(
        wrapped("run(async (...all) => { 'use cache: sql' })"),
        "run(RW.make(4,\"sql\",-1,\"\",null,()=>async (...all) => { 'use cache: sql' }))"
    );
    assert_eq!(
        wrapped("export default async function () { 'use cache' }"),
        "export default RW.make(15,\"default\",0,\"default\",null,()=>async function () { 'use cache' });"
    );
    assert_eq!(
        wrapped("const g = async function named(x) { 'use cache'; return named(x) }"),
        "const g = RW.make(10,\"default\",1,\"named\",null,()=>async function named(x) { 'use cache'; return named(x) })"
    );
}

#[test]
fn methods_become_properties() {
    assert_eq!(
        wrapped(
            "const o = { async get(a: 1): P<1> { 'use cache' }, async 'b c'() { 'use cache' }, async [k]() { 'use cache' } }"
        ),
        "const o = {  get:RW.make(21,\"default\",1,\"get\",null,()=>async function(a: 1): P<1> { 'use cache' }),  \
         'b c':RW.make(62,\"default\",0,\"b c\",null,()=>async function() { 'use cache' }),  \
         [k]:RW.make(91,\"default\",0,\"\",null,()=>async function() { 'use cache' }) }"
    );
    assert_eq!(
        wrapped(
            "class A { public static async find<T>(id: T) { 'use cache' } static x = async () => { 'use cache' } }"
        ),
        "class A { public static  find=RW.make(34,\"default\",1,\"find\",null,()=>async function<T>(id: T) { 'use cache' }); \
         static x = RW.make(72,\"default\",0,\"\",null,()=>async () => { 'use cache' }) }"
    );
}

#[test]
fn inside_of_itself_a_function_is_the_bare_one() {
    assert_eq!(
        wrapped("const fact = async (n) => { 'use cache'; return n ? fact(n - 1) : 1 };"),
        "const fact = RW.make(13,\"default\",1,\"fact\",null,()=>{const fact=async (n) => { 'use cache'; return n ? \
         fact(n - 1) : 1 };return fact});"
    );
    let assigned = wrapped("let f; f = async function (n) { 'use cache'; return f(n) };");
    assert!(assigned.contains("()=>{const f=async function"), "{assigned}");
}

#[test]
fn variables_of_functions_around_it_are_captured_and_no_others() {
    let text = "
        import { imported } from './b'; const top = 1; type T = string; enum E { A }
        export async function GET(request: Request, { params = 1, ...others }) {
          const one = 1; let two = 2; const unused = 3;
          for (const three of [1]) {
            const load = async (four: T, { five } = { five: one }) => {
              'use cache';
              const six = 5; let two2; two2 = six;
              return [imported, top, E.A, [1].map(() => two), three, four, five, others] as unknown as Array<T>;
            };
            await load('x');
          }
          try {} catch (error) { return async () => { 'use cache'; return error } }
        }";
    assert_eq!(captured(text), ["[one, two, three, others],(one, two, three, others)", "[error],(error)"]);
}

#[test]
fn of_an_object_only_the_used_properties_are_captured() {
    let of = |expression: &str| {
        let text = format!("function f(o, k) {{ return async (a) => {{ 'use cache'; return {expression} }} }}");
        captured(&text).pop().unwrap_or_default()
    };
    assert_eq!(of("o.a.b"), "[{ a: { b: o.a.b } }],(o)");
    assert_eq!(of("[o.a.b, o.a.b.c, o.c]"), "[{ a: { b: o.a.b }, c: o.c }],(o)");
    assert_eq!(of("[o.a.b.c, o.a]"), "[{ a: o.a }],(o)");
    assert_eq!(of("[o.a, o]"), "[o],(o)");
    assert_eq!(of("o.a?.b"), "[{ a: { b: o.a?.b } }],(o)");
    assert_eq!(of("o?.a.b"), "[{ a: { b: o?.a.b } }],(o)");
    assert_eq!(of("o.items.map((x) => x.y)"), "[{ items: o.items }],(o)");
    assert_eq!(of("o.call(k.a)"), "[o, { a: k.a }],(o, k)");
    assert_eq!(of("o.items[k]"), "[{ items: o.items }, k],(o, k)");
    assert_eq!(of("[o!.items, (k as any).a]"), "[o, k],(o, k)");
    assert_eq!(of("({ o })"), "[o],(o)");
    assert_eq!(of("`${o.a}` + new o.K(k.__proto__)"), "[{ a: o.a, K: o.K }, { [\"__proto__\"]: k.__proto__ }],(o, k)");
    assert_eq!(of("(o.x.y = 2, k.count++)"), "[{ x: o.x }, { count: k.count }],(o, k)");
    assert_eq!(of("((o) => o.a)(a)"), "null,()");
}

#[test]
fn what_is_declared_behind_a_function_is_captured_when_it_is_called() {
    let text = "function f() { const a = async () => { 'use cache'; return later }; const later = 5; return a }";
    assert_eq!(captured(text), ["()=>[later],(later)"]);
    let hoisted =
        "function f() { const a = async () => { 'use cache'; return g }; async function g() { 'use cache' } }";
    assert_eq!(captured(hoisted), ["[g],(g)", "null,()"]);
    let within = "function f() { const a = [async () => { 'use cache'; return a.length }] }";
    assert_eq!(captured(within), ["()=>[{ length: a.length }],(a)"]);
    let declared = wrapped("function f(p) { async function g() { 'use cache'; return p } return g }");
    assert!(declared.contains("declared(g,16,\"default\",0,__rwArgs,()=>[p],(p)=>async function g()"), "{declared}");
    assert!(declared.contains(";RW.bind(g,16,[p]); return g"), "{declared}");
}

#[test]
fn a_parameter_default_may_use_a_captured_name_that_the_body_declares() {
    let made = wrapped("function f(list) { return async (y = list) => { 'use cache'; const list = y; return list } }");
    assert!(made.contains("[list],(list)=>async (y = list) =>"), "{made}");
}

#[test]
fn cached_functions_nest_and_stand_side_by_side() {
    let text = "async function outer(a) { 'use cache'; return (async (b) => { 'use cache'; return a + b })(1) }\
                async function next() { 'use cache' }";
    assert_eq!(captured(text), ["null,()", "[a],(a)", "null,()"]);
    let made = wrapped(text);
    assert!(made.contains(")};RW.bind(outer,0);function next"), "{made}");
    let ends = wrapped("'use cache'; export const a = async () => async () => { 'use cache' }");
    assert!(ends.ends_with("{ 'use cache' }))"), "{ends}");
}

#[test]
fn a_directive_at_the_head_counts_for_what_is_exported() {
    let text = "'use cache: remote'
        export async function a() { return 1 }
        export const b = async (x) => ({ x }), c = 1;
        async function d() {}
        const e = async function () {};
        async function local() {}
        const own = () => 1;
        export const memo = wrap(async () => 1);
        export async function other() { 'use cache: sql' }
        export { d, e as f };
        export type T = string;
        export default async () => local();";
    let made = wrapped(text);
    assert_eq!(made.matches("\"remote\"").count(), 6, "{made}");
    assert_eq!(made.matches("\"sql\"").count(), 1, "{made}");
    assert!(made.contains("async function local() {}\n"), "{made}");
    assert_eq!(
        faults("'use cache'\nexport class A {}\nexport * from './b'\nexport default 5"),
        [
            "export class A {} | Only async functions are allowed to be exported in a \"use cache\" file.",
            "export * from './b' | Only async functions are allowed to be exported in a \"use cache\" file.",
            "export default 5 | Only async functions are allowed to be exported in a \"use cache\" file.",
        ]
    );
}

#[test]
fn another_text_is_another_function() {
    let id = |text: &str| {
        let made = wrap(&on(), text, Path::new("/p/a.ts"), "lib/a.ts").expect("wrapped").expect("a function");
        made.split("\"lib/a.ts:").nth(1).and_then(|rest| rest.split('"').next().map(str::to_owned)).expect("an id")
    };
    let one = id("async function f() { 'use cache'; return 1 }");
    assert_ne!(one, id("async function f() { 'use cache'; return 2 }"));
    assert_eq!(one, id("async function f() { 'use cache'; return 1 }\n// more"));
}

#[test]
fn overloads_keep_their_function() {
    let made =
        wrapped("export async function r(a: 1): P;\nexport async function r(a: any): P { 'use cache'; return a }");
    assert!(made.starts_with("export async function r(a: 1): P;\nexport function r(...__rwArgs)"), "{made}");
}

#[test]
fn what_cannot_be_cached_is_refused_in_the_words_of_next() {
    const ASYNC: &str = "\"use cache\" functions must be async functions.";
    assert_eq!(faults("function f() { 'use cache'; return 1 }"), [format!("f | {ASYNC}")]);
    assert_eq!(faults("async function* f() { 'use cache' }"), [format!("f | {ASYNC}")]);
    assert_eq!(faults("const a = () => { 'use cache' }"), [format!("() => {{ 'use cache' }} | {ASYNC}")]);
    assert_eq!(faults("'use cache'\nexport function f() {}"), [format!("f | {ASYNC}")]);
    assert_eq!(faults("const o = { get m() { 'use cache' } }").len(), 1);
    assert_eq!(
        faults("class A { async m() { 'use cache' } }"),
        [
            "async m() { 'use cache' } | It is not allowed to define inline \"use cache\" annotated class instance methods."
        ]
    );
    let uses = |what: &str| format!("{what} | \"use cache\" functions cannot use `{what}`.");
    assert_eq!(faults("async function f(a) { 'use cache'; return arguments[1] }"), [uses("arguments")]);
    assert_eq!(faults("const a = { async load(x = () => this.user) { 'use cache' } }"), [uses("this")]);
    assert_eq!(
        faults("class A { load = async () => { 'use cache'; return [super.x, () => this.user] } }"),
        [uses("super"), uses("this")]
    );
    let own = "async function f(a: A) { 'use cache'; class B { x = this.y }; return [function () { return this }] }";
    assert!(wrapped(own).contains("RW."));
}

#[test]
fn directives_that_are_none_are_told_with_what_was_meant() {
    let fault = |statements: &str| faults(&format!("async function f() {{ {statements} }}")).join("; ");
    assert_eq!(
        fault("'use-cache'"),
        "'use-cache' | Did you mean \"use cache\"? \"use-cache\" is not a supported directive name.\""
    );
    assert!(fault("'use cache:'").contains("Did you mean \"use cache: <cache-kind>\"? \"use cache:\" is"));
    assert!(fault("'use cache:remote'").contains("Did you mean \"use cache: remote\"? \"use cache:remote\" is"));
    assert!(fault("'use cache remote'").contains("Did you mean \"use cache: remote\"?"));
    assert_eq!(
        fault("const a = 1; 'use cache'"),
        "'use cache' | The \"use cache\" directive must be at the top of the function body."
    );
    assert_eq!(
        faults("import './b'\n'use cache'"),
        ["'use cache' | The \"use cache\" directive must be at the top of the file."]
    );
    assert_eq!(fault("('use cache')"), "('use cache') | The \"use cache\" directive cannot be wrapped in parentheses.");
    assert!(fault("1; ('use cache')").ends_with("of the function body, and cannot be wrapped in parentheses."));
    assert!(fault("'use cache'; 'use server'").starts_with("'use server' | Conflicting directives"));
    assert!(fault("'use server'; 'use cache'").starts_with("'use cache' | Conflicting directives"));
    assert_eq!(
        fault("'use cache:   remote'"),
        "'use cache:   remote' | Unknown cache kind \"  remote\". Please configure a cache handler for this kind in the \
         `cacheHandlers` object in your Next.js config."
    );
    assert_eq!(
        faults_with(&UseCache::default(), "async function f() { 'use cache: private' }"),
        [
            "'use cache: private' | To use \"use cache: private\", please enable the feature flag `cacheComponents` in your \
          Next.js config."
        ]
    );
}

#[test]
fn faults_show_their_place_and_an_advice() {
    let text = "async function f(a) { 'use cache'; return arguments[1] }";
    let shown = wrap_cached(&on(), Path::new("/p"), Path::new("/p/a.js"), text).unwrap_err();
    assert!(shown[0].to_string().contains("\"use cache\" functions cannot use `arguments`."), "{}", shown[0]);
    assert!(shown[0].hint().is_some_and(|hint| hint.starts_with("Pass what it needs")), "{:?}", shown[0]);
    assert_eq!(shown[0].location().map(|at| at.line), Some(1));
}

#[test]
fn other_texts_are_left_alone() {
    for text in ["const a = 'use cache'", "async function f() { 'use strict' }", "syntax error ("] {
        assert_eq!(wrap(&on(), text, Path::new("a.js"), "a"), Ok(None));
    }
    // A script is no module, and may be cached all the same.
    let script = "with (a) {} async function f() { 'use cache'; return 1 } module.exports = f;";
    assert!(wrap(&on(), script, Path::new("a.js"), "a").is_ok_and(|made| made.is_some()));
}
