//! How long a build of many small routes takes: `cargo run --release -p routewerk-bundle --example build_speed -- 1000`.
//!
//! Writes a project into a temporary folder (each route imports `next/server`, a helper of its own and three shared
//! modules), builds it three times and prints each time in milliseconds.

use std::path::Path;
use std::time::Instant;

use routewerk_bundle::{BuildInput, BuildRoute, NextModules, ResolveSettings, build, defines};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: usize = std::env::args().nth(1).as_deref().unwrap_or("1000").parse()?;
    let folder = tempfile::tempdir()?;
    let root = std::fs::canonicalize(folder.path())?;
    let write = |name: &str, text: &str| -> std::io::Result<()> {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
        std::fs::write(path, text)
    };
    write("tsconfig.json", r#"{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }"#)?;
    for shared in 0..20 {
        write(&format!("lib/shared{shared}.ts"), &format!("export const shared{shared} = {{ value: {shared} }};\n"))?;
    }
    let mut routes = Vec::with_capacity(count);
    for index in 0..count {
        let name = format!("app/api/group{}/item{index}/[id]/route.ts", index % 25);
        let [one, two, three] = [index % 20, (index / 20) % 20, (index / 7) % 20];
        let text = format!(
            "import {{ NextResponse, type NextRequest }} from 'next/server'\nimport {{ shared{one} as one }} from '@/lib/shared{one}'\n\
             import {{ shared{two} as two }} from '@/lib/shared{two}'\nimport {{ shared{three} as three }} from '@/lib/shared{three}'\n\
             import {{ helper }} from './helper'\n\
             export async function GET(request: NextRequest, {{ params }}: {{ params: Promise<{{ id: string }}> }}) {{\n\
               const {{ id }} = await params\n  return NextResponse.json({{ id, value: helper(one.value + two.value + three.value) }})\n}}\n"
        );
        write(&name, &text)?;
        write(&name.replace("route.ts", "helper.ts"), "export const helper = (n: number): number => n * 2\n")?;
        routes
            .push(BuildRoute { file: root.join(&name), pattern: format!("/api/group{}/item{index}/[id]", index % 25) });
    }
    let input = BuildInput {
        resolve: ResolveSettings {
            project_root: root.clone(),
            tsconfig: None,
            server_external_packages: Vec::new(),
            transpile_packages: Vec::new(),
            development: false,
            next_modules: NextModules::from_json(r#"{"next/server":["NextRequest","NextResponse"]}"#)?,
        },
        routes,
        modules: Vec::new(),
        config_modules: Vec::new(),
        defines: defines(false, [], []),
        cache_components: false,
        use_cache: routewerk_bundle::UseCache::default(),
        out_dir: root.join(".routewerk/builds/speed"),
    };
    for _ in 0..3 {
        let started = Instant::now();
        let output = build(&input).map_err(|errors| errors[0].to_string())?;
        let taken = started.elapsed().as_millis();
        print_line(&format!("{count} routes, {} files, {} bytes: {taken} ms", output.files.len(), output.bytes))?;
    }
    Ok(())
}

/// Prints without the macro that the workspace's lints keep out of libraries.
fn print_line(text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{text}")
}
