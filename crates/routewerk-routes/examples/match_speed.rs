//! Prints what it costs to match a path and to normalise a request target, in nanoseconds.
//!
//! `cargo run --release -p routewerk-routes --example match_speed`

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use routewerk_routes::target::{RequestTarget, TargetRules};
use routewerk_routes::{Found, Pattern, Router};

/// How long one figure is measured at least.
const MEASURE: Duration = Duration::from_millis(120);
/// How often each figure is taken; the least one counts, the others were disturbed.
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    writeln!(
        output,
        "{:>7}  {:>8}  {:>8}  {:>8}  {:>8}  {:>8}",
        "routes", "literal", "[x]", "[x]/[y]", "[...x]", "none"
    )?;
    for count in [1, 100, 1000, 5000] {
        let router = Router::new(&patterns(count)?, []);
        let figures = [
            time(&paths(count, |n| format!("/api/v1/literal{n}/list")), |path| find(&router, path)),
            time(&paths(count, |n| format!("/api/v1/things{n}/4711")), |path| find(&router, path)),
            time(&paths(count, |n| format!("/api/v1/nested{n}/abc/parts/d-e-f")), |path| find(&router, path)),
            time(&paths(count, |n| format!("/files{n}/a/b/c/d.txt")), |path| find(&router, path)),
            time(&paths(count, |n| format!("/api/v1/things{n}/4711/nothing/here")), |path| find(&router, path)),
        ];
        write!(output, "{count:>7}")?;
        for figure in figures {
            write!(output, "  {figure:>8.1}")?;
        }
        writeln!(output)?;
    }
    writeln!(output, "\nnormalising a target")?;
    let rules = TargetRules::default();
    for target in [
        "/api/hello",
        "/api/items/4711?fields=name&page=2",
        "/api/items/4711?q=%C3%A9t%C3%A9&x",
        "/a/../b/%2e/c\"d",
        "/a//b",
    ] {
        let figure = time(&[target.to_owned()], |target| {
            usize::from(matches!(
                black_box(RequestTarget::read(target.as_bytes(), Some(b"localhost"), &rules)),
                RequestTarget::Normal(_)
            ))
        });
        writeln!(output, "{figure:>8.1}  {target}")?;
    }
    Ok(())
}

/// A mix as projects have it: literal paths, one parameter, two parameters, catch-alls.
fn patterns(count: usize) -> Result<Vec<Pattern>, Box<dyn Error>> {
    let patterns = (0..count).map(|n| match n % 4 {
        0 => Pattern::parse(&format!("/api/v1/things{n}/[id]")),
        1 => Pattern::parse(&format!("/api/v1/literal{n}/list")),
        2 => Pattern::parse(&format!("/api/v1/nested{n}/[id]/parts/[part]")),
        _ => Pattern::parse(&format!("/files{n}/[...path]")),
    });
    Ok(patterns.collect::<Result<_, _>>()?)
}

/// Paths to all the routes of one kind, so that no look-up profits from the one before it.
fn paths(count: usize, path: impl Fn(usize) -> String) -> Vec<String> {
    (0..count.max(4)).map(path).collect()
}

fn find(router: &Router, path: &str) -> usize {
    match black_box(router.find(path)) {
        Found::Route { index, params } => index + params.len(),
        Found::Page { index } => index,
        Found::None => 0,
    }
}

/// Nanoseconds per call of `work`, over all inputs in turn.
fn time(inputs: &[String], work: impl Fn(&str) -> usize) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (mut calls, mut sum) = (0_u32, 0_usize);
        let start = Instant::now();
        while start.elapsed() < MEASURE {
            for input in inputs.iter().cycle().take(inputs.len().max(1000)) {
                sum = sum.wrapping_add(work(black_box(input)));
                calls += 1;
            }
        }
        black_box(sum);
        best = best.min(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }
    best
}
