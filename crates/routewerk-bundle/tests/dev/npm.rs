//! Packages from npm, as they are published. Installed once into the target folder and shared by all tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;

use crate::project::Project;
use crate::worker::Worker;

/// Packages that sit in handlers: ES modules, `CommonJS` modules old and new, big ones, external ones.
const PACKAGES: [&str; 14] = [
    "@trpc/server@11.7.1",
    "ai@5.0.89",
    "dayjs@1.11.18",
    "drizzle-orm@0.44.7",
    "hono@4.10.4",
    "jose@6.1.0",
    "jsonwebtoken@9.0.2",
    "lodash@4.17.21",
    "moment@2.30.1",
    "openai@6.8.1",
    "pg@8.16.3",
    "react@19.2.0",
    "stripe@19.3.0",
    "zod@4.1.12",
];

/// The `node_modules` folder with the packages.
fn packages() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("test-packages").join("dev-1");
        std::fs::create_dir_all(&folder).expect("folder");
        // Several test programs may want the packages at once; the lock ends with this program at the latest.
        let lock = std::fs::File::create(folder.join("lock")).expect("lock file");
        lock.lock().expect("lock");
        let done = folder.join("installed.json");
        let wanted = serde_json::to_string(&PACKAGES).expect("json");
        if std::fs::read_to_string(&done).ok().as_ref() != Some(&wanted) {
            std::fs::write(folder.join("package.json"), r#"{ "private": true }"#).expect("file");
            let installed = Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact"])
                .args(PACKAGES)
                .current_dir(&folder)
                .output()
                .expect("npm");
            assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
            std::fs::write(done, wanted).expect("file");
        }
        folder.join("node_modules")
    })
}

/// What GET of a route gives, in a project with the packages.
fn get(route: &str) -> serde_json::Value {
    let project = Project::new(&[("app/x/route.tsx", route)]);
    std::os::unix::fs::symlink(packages(), project.path("node_modules")).expect("link");
    Worker::start().call(&project.graph, &project.path("app/x/route.tsx"), "GET")
}

#[test]
fn validation_and_signatures() {
    let value = get(
        "import { z } from 'zod'\nimport * as zod from 'zod'\nimport Stripe from 'stripe'\nimport jwt, { verify } from 'jsonwebtoken'\nimport { SignJWT, jwtVerify } from 'jose'\n\
         export async function GET() {\n\
           const stripe = new Stripe('sk_test_x')\n\
           const payload = JSON.stringify({ id: 'evt_1', object: 'event' })\n\
           const header = stripe.webhooks.generateTestHeaderString({ payload, secret: 'whsec' })\n\
           const event = stripe.webhooks.constructEvent(payload, header, 'whsec')\n\
           const key = new TextEncoder().encode('0123456789abcdef0123456789abcdef')\n\
           const signed = await new SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).sign(key)\n\
           const token = jwt.sign({ b: 2 }, 'secret', { noTimestamp: true })\n\
           return [z.object({ n: z.coerce.number() }).parse({ n: '5' }), zod.z === z, event.id, (await jwtVerify(signed, key)).payload, verify(token, 'secret')]\n\
         }\n",
    );
    assert_eq!(value, json!([{ "n": 5 }, true, "evt_1", { "a": 1 }, { "b": 2 }]));
}

#[test]
fn old_commonjs_packages() {
    let value = get(
        "import _, { chunk } from 'lodash'\nimport groupBy from 'lodash/groupBy'\nimport dayjs from 'dayjs'\nimport utc from 'dayjs/plugin/utc'\nimport moment from 'moment'\nimport 'moment/locale/de'\n\
         dayjs.extend(utc)\n\
         export const GET = () => [chunk([1, 2, 3], 2), _.chunk === chunk, groupBy([1, 2], (n: number) => n % 2 ? 'odd' : 'even'), dayjs.utc('2026-01-02').format('DD.MM.YYYY'), moment.locale(), moment('2026-05-02').format('dddd'), (moment.locale('fr'), moment('2026-05-02').format('dddd'))]\n",
    );
    assert_eq!(
        value,
        json!([[[1, 2], [3]], true, { "odd": [1], "even": [2] }, "02.01.2026", "de", "Samstag", "samedi"])
    );
}

#[test]
fn servers_and_clients() {
    let value = get(
        "import { Hono } from 'hono'\nimport { handle } from 'hono/vercel'\nimport { initTRPC } from '@trpc/server'\nimport { fetchRequestHandler } from '@trpc/server/adapters/fetch'\nimport OpenAI from 'openai'\nimport { generateText, tool } from 'ai'\nimport { pgTable, serial, text } from 'drizzle-orm/pg-core'\nimport { drizzle } from 'drizzle-orm/node-postgres'\nimport { Pool } from 'pg'\nimport pg from 'pg'\n\
         const app = new Hono().basePath('/api').get('/hello', (c) => c.json({ hello: 'hono' }))\n\
         const t = initTRPC.create()\nconst router = t.router({ ping: t.procedure.query(() => 'pong') })\n\
         const users = pgTable('users', { id: serial('id').primaryKey(), name: text('name') })\n\
         const db = drizzle(new Pool({ connectionString: 'postgres://u@127.0.0.1:1/x' }))\n\
         export async function GET() {\n\
           const hono = await (await handle(app)(new Request('http://x/api/hello'))).json()\n\
           const trpc = await (await fetchRequestHandler({ endpoint: '/t', req: new Request('http://x/t/ping'), router })).json()\n\
           return [hono, trpc.result.data, typeof new OpenAI({ apiKey: 'x' }).chat.completions.create, typeof generateText, typeof tool, db.select().from(users).toSQL().sql, pg.Pool === Pool, (<b>jsx</b>).type]\n\
         }\n",
    );
    assert_eq!(
        value,
        json!([{ "hello": "hono" }, "pong", "function", "function", "function", "select \"id\", \"name\" from \"users\"", true, "b"])
    );
}
