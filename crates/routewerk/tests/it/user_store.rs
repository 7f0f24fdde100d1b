//! `cacheHandler` of next.config: the user's own store, from `build` to `start`, shared by servers, and out of order.

use routewerk_test::{Reply, TestApp, TestServer, wait_until};

use crate::{build, dev, run_on, start, start_with};

/// A store that keeps entries as files, so that several servers and restarts share it.
const STORE: &str = "import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
const directory = `${process.cwd()}/.kept/`
mkdirSync(directory, { recursive: true })
const fileOf = (key) => directory + createHash('sha256').update(key).digest('hex')
const revive = (name, value) => (value?.type === 'Buffer' ? Buffer.from(value.data) : value)
export default class Store {
  async get(key) {
    return existsSync(fileOf(key)) ? JSON.parse(readFileSync(fileOf(key), 'utf8'), revive) : undefined
  }
  async set(key, value, { tags, cacheControl }) {
    const all = tags ?? value?.headers?.['x-next-cache-tags']?.split(',') ?? []
    writeFileSync(fileOf(key), JSON.stringify({ value, lastModified: Date.now(), tags: all, cacheControl }))
  }
  async revalidateTag(tags) {
    for (const name of readdirSync(directory)) {
      const entry = JSON.parse(readFileSync(directory + name, 'utf8'))
      if (entry.tags.some((tag) => [tags].flat().includes(tag))) rmSync(directory + name)
    }
  }
}
";

const CONFIG: &str = "module.exports = { cacheHandler: require.resolve('./store.mjs'), cacheMaxMemorySize: 0 }\n";

/// A static route and one that fetches nothing but calls a cached function; each says who made it.
fn app(store: &str) -> TestApp {
    TestApp::new()
        .with("next.config.js", CONFIG)
        .with("store.mjs", store)
        .with(
            "app/s/[id]/route.ts",
            "import { revalidateTag } from 'next/cache'\nlet count = 0\nexport const revalidate = 3600\n\
             export const generateStaticParams = () => []\n\
             export const GET = async (_: Request, { params }: { params: Promise<{ id: string }> }) =>\n  \
             new Response(`${(await params).id} ${process.pid} ${++count}`)\n",
        )
        .with(
            "app/u/route.ts",
            "import { unstable_cache } from 'next/cache'\nexport const dynamic = 'force-dynamic'\n\
             const load = unstable_cache(async () => `${process.pid} ${Math.random()}`, ['load'], { tags: ['values'] })\n\
             export const GET = async () => new Response(await load())\n",
        )
        .with(
            "app/drop/[...path]/route.ts",
            "import { revalidatePath, revalidateTag } from 'next/cache'\n\
             export const GET = async (_: Request, { params }: { params: Promise<{ path: string[] }> }) => {\n  \
             const { path } = await params\n  \
             if (path[0] === 'tag') revalidateTag(path[1]!, { expire: 0 })\n  else revalidatePath('/' + path.join('/'))\n  \
             return new Response('dropped')\n}\n",
        )
}

fn state(reply: &Reply) -> &str {
    reply.header("x-nextjs-cache").unwrap_or("none")
}

fn got(server: &TestServer, path: &str) -> (String, String) {
    let reply = server.get(path);
    (state(&reply).to_owned(), reply.text())
}

#[test]
fn servers_of_one_store_share_its_entries_and_what_drops_them() {
    let app = app(STORE);
    build(&app);
    let (one, other) = (start_with(&app, &["--workers", "2"]), start_with(&app, &[]));
    let made = got(&one, "/s/a");
    assert_eq!(made.0, "MISS");
    assert_eq!(got(&other, "/s/a"), ("HIT".to_owned(), made.1.clone()));
    let value = one.get("/u").text();
    assert_eq!(other.get("/u").text(), value);
    // Another server drops it: the next request here sees that.
    assert_eq!(other.get("/drop/s/a").text(), "dropped");
    let again = got(&one, "/s/a");
    assert_eq!(again.0, "MISS");
    assert_ne!(again.1, made.1);
    assert_eq!(got(&other, "/s/a").1, again.1);
    assert_eq!(other.get("/drop/tag/values").text(), "dropped");
    assert_ne!(one.get("/u").text(), value);
    one.signal("TERM");
    drop((one, other));
    let restarted = start_with(&app, &[]);
    assert_eq!(got(&restarted, "/s/a"), ("HIT".to_owned(), again.1));
}

#[test]
fn a_build_needs_no_source_of_the_store_at_its_start() {
    let app = app(STORE).with("lib/name.ts", "export const name: string = 'own'\n");
    app.write("store.mjs", &STORE.replace("export default", "export { name } from './lib/name.ts'\nexport default"));
    build(&app);
    for source in ["store.mjs", "lib/name.ts", "next.config.js"] {
        app.remove(source);
    }
    let server = start_with(&app, &[]);
    assert_eq!(got(&server, "/s/a").0, "MISS");
    assert_eq!(got(&server, "/s/a").0, "HIT");
}

#[test]
fn a_store_may_be_typescript_commonjs_a_package_or_a_url() {
    let forms = [
        (
            "handler.ts",
            "class Own { async get(key: string) { return undefined }\nasync set(key: string): Promise<void> { console.log('kept by', 'handler.ts') }\nasync revalidateTag() {} }\nexport default Own\n",
            "'./handler.ts'",
        ),
        (
            "handler.cjs",
            "module.exports = class { async get() {}\nasync set() { console.log('kept by', 'handler.cjs') }\nasync revalidateTag() {} }\n",
            "require('node:url').pathToFileURL(require.resolve('./handler.cjs')).href",
        ),
        (
            "node_modules/own-store/index.js",
            "exports.default = class { async get() {}\nasync set() { console.log('kept by', 'node_modules/own-store/index.js') }\nasync revalidateTag() {} }\n",
            "'own-store'",
        ),
    ];
    for (file, text, name) in forms {
        let app = app(STORE)
            .with(file, text)
            .with("next.config.js", &format!("module.exports = {{ cacheHandler: {name} }}\n"));
        app.write("node_modules/own-store/package.json", r#"{ "name": "own-store", "version": "1.0.0" }"#);
        let server = start(&app);
        assert_eq!(got(&server, "/s/a").0, "MISS", "{file}");
        server.wait_for_output(&format!("kept by {file}"));
    }
}

#[test]
fn what_is_wrong_with_the_store_ends_the_build_or_is_in_the_log_at_its_line() {
    for (config, expected) in [
        ("{ cacheHandler: './gone.js' }", "Invalid \"cacheHandler\" in next.config.js: `./gone.js` does not exist"),
        ("{ cacheHandler: 5 }", "Invalid \"cacheHandler\" in next.config.js: expected a path, found a number"),
        ("{ cacheHandler: './app' }", "Invalid \"cacheHandler\" in next.config.js: `./app` does not exist"),
    ] {
        let app = app(STORE).with("next.config.js", &format!("module.exports = {config}\n"));
        let (code, _, err) = run_on(&app, &["build"]);
        assert_eq!(code, Some(6), "{err}");
        assert!(err.contains(expected), "{err}");
    }
    for (store, expected, place) in [
        ("const a = 1\nthrow new Error('no store today')\n", "no store today", Some("store.mjs:2")),
        ("export default { get() {} }\n", "./store.mjs exports a value of type object, expected a class", None),
    ] {
        let app = app(store).with(
            "app/static/route.ts",
            "export const dynamic = 'force-static'\nexport const GET = () => new Response('made')\n",
        );
        let (code, _, err) = run_on(&app, &["build"]);
        assert_eq!(code, Some(1), "{err}");
        assert!(err.contains(expected) && place.is_none_or(|place| err.contains(place)), "{err}");
        app.remove("app/static/route.ts");
        app.remove("app/s/[id]/route.ts");
        let server = start(&app);
        server.wait_for_output(expected);
        if let Some(place) = place {
            server.wait_for_output(place);
        }
        assert_eq!(server.get("/u").status, 200);
    }
}

#[test]
fn a_store_that_fails_costs_no_reply_and_one_line() {
    let app = app(
        "export default class Store {\n  async get() {\n    throw new Error('out of order')\n  }\n  async set() {}\n  async revalidateTag() {}\n}\n",
    );
    let server = start(&app);
    for count in 1..=5 {
        let reply = got(&server, "/s/a");
        assert_eq!(reply.0, "MISS");
        assert!(reply.1.ends_with(&format!(" {count}")), "{reply:?}");
    }
    server.wait_for_output("store.mjs:3");
    assert_eq!(server.output().text().matches("out of order").count(), 1, "{}", server.output().text());
}

#[test]
fn a_store_that_ends_its_worker_is_left_alone() {
    let app = app(
        "export default class Store {\n  async get() { process.exit(3) }\n  async set() {}\n  async revalidateTag() {}\n}\n",
    );
    let server = start(&app);
    assert_eq!(got(&server, "/s/a").0, "MISS");
    assert_eq!(got(&server, "/s/b").0, "MISS");
    server.wait_for_output("the cacheHandler `./store.mjs` has ended its worker");
    assert_eq!(server.output().text().matches("the cacheHandler").count(), 1);
}

#[test]
fn an_operator_is_told_where_the_entries_are_and_the_store_hears_of_a_purge() {
    let app = app(&format!(
        "{STORE}\nconst told = Store.prototype.revalidateTag\nStore.prototype.revalidateTag = function (tags) {{ console.log('told of', tags); return told.call(this, tags) }}\n"
    ));
    let server = start(&app);
    let made = got(&server, "/s/a");
    assert_eq!(got(&server, "/s/a").0, "HIT");
    let (code, out, _) = run_on(&app, &["cache", "ls"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("are in the cacheHandler `./store.mjs`, which cannot be listed."), "{out}");
    let (code, out, err) = run_on(&app, &["cache", "purge", "--path", "/s/a"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("The cacheHandler `./store.mjs` was told."), "{out}");
    server.wait_for_output("told of [ '_N_T_/s/a' ]");
    let again = got(&server, "/s/a");
    assert_eq!(again.0, "MISS");
    assert_ne!(again.1, made.1);
    drop(server);
    let (_, out, _) = run_on(&app, &["cache", "purge", "--all"]);
    assert!(out.contains("The cacheHandler `./store.mjs` was not told"), "{out}");
}

#[test]
fn dev_keeps_values_in_the_store_and_takes_a_saved_one() {
    let app = app(STORE);
    let server = dev(&app);
    let value = server.get("/u").text();
    wait_until("it is kept", || app.path(".kept").read_dir().is_ok_and(|found| found.count() > 0));
    assert_eq!(server.get("/u").text(), value);
    app.write("store.mjs", &STORE.replace("async get(key) {", "async get(key) {\n    console.log('saved store')"));
    server.get_until("/u", |_| server.output().contains("saved store"));
}
