//! Packages that people use as `cacheHandler`, with a real Redis.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use routewerk_test::{TestApp, TestServer, packages, wait_until};

use crate::{build, start, start_with};

/// A Redis of the test's own, on a socket file.
struct Redis {
    process: Child,
    folder: tempfile::TempDir,
}

impl Redis {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("redis-server");
        command
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(folder.path().join("socket"));
        let process =
            command.current_dir(folder.path()).stdout(Stdio::null()).spawn().expect("redis-server is installed");
        let redis = Self { process, folder };
        wait_until("Redis listens", || redis.socket().exists());
        redis
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It has nothing to put in order.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The project, with the packages beside it and without `next`.
fn app(handler: &str) -> TestApp {
    let installed = packages::packages_alone(
        "cache-handlers-1",
        &[("@fortedigital/nextjs-cache-handler", "3.3.0"), ("redis", "5.8.3"), ("@redis/client", "5.8.3")],
    );
    let app = TestApp::new()
        .with("next.config.mjs", "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nexport default { cacheHandler: require.resolve('./cache-handler.mjs'), cacheMaxMemorySize: 0 }\n")
        .with("cache-handler.mjs", handler)
        .with(
            "app/s/[id]/route.ts",
            "let count = 0\nexport const revalidate = 60\nexport const generateStaticParams = () => [{ id: 'built' }]\n\
             export const GET = async (_: Request, { params }: { params: Promise<{ id: string }> }) =>\n  \
             new Response(`${(await params).id} ${process.pid} ${++count}`)\n",
        )
        .with(
            "app/u/route.ts",
            "import { unstable_cache } from 'next/cache'\nexport const dynamic = 'force-dynamic'\n\
             const load = unstable_cache(async () => `${process.pid} ${Math.random()}`, ['load'], { tags: ['values'], revalidate: 60 })\n\
             export const GET = async () => new Response(await load())\n",
        )
        .with(
            "app/drop/route.ts",
            "import { revalidateTag } from 'next/cache'\n\
             export const GET = () => { revalidateTag('values', { expire: 0 }); return new Response('dropped') }\n",
        );
    for name in ["@fortedigital/nextjs-cache-handler", "redis", "@redis/client"] {
        app.link_package(name, &installed.join("node_modules").join(name));
    }
    app
}

fn got(server: &TestServer, path: &str) -> (String, String) {
    let reply = server.get(path);
    (reply.header("x-nextjs-cache").unwrap_or("none").to_owned(), reply.text())
}

#[test]
fn a_package_with_a_memory_of_its_own_keeps_entries_and_values() {
    let app = app("import { CacheHandler } from '@fortedigital/nextjs-cache-handler'\n\
         import createLruHandler from '@fortedigital/nextjs-cache-handler/local-lru'\n\
         CacheHandler.onCreation(() => ({ handlers: [createLruHandler({ maxItemsNumber: 100 })] }))\n\
         export default CacheHandler\n");
    let server = start(&app);
    let made = got(&server, "/s/a");
    assert_eq!((made.0.as_str(), got(&server, "/s/a")), ("MISS", ("HIT".to_owned(), made.1.clone())));
    let value = server.get("/u").text();
    assert_eq!(server.get("/u").text(), value);
    assert_eq!(server.get("/drop").text(), "dropped");
    assert_ne!(server.get("/u").text(), value);
}

#[test]
fn servers_share_a_redis_through_a_package_and_see_what_another_drops() {
    let redis = Redis::start();
    let app = app(&format!(
        "import {{ createClient }} from 'redis'\nimport {{ PHASE_PRODUCTION_BUILD }} from 'next/constants.js'\n\
         import {{ CacheHandler }} from '@fortedigital/nextjs-cache-handler'\n\
         import createLruHandler from '@fortedigital/nextjs-cache-handler/local-lru'\n\
         import createRedisHandler from '@fortedigital/nextjs-cache-handler/redis-strings'\n\
         CacheHandler.onCreation(async ({{ buildId }}) => {{\n  \
           if (process.env.NEXT_PHASE === PHASE_PRODUCTION_BUILD) return {{ handlers: [createLruHandler()] }}\n  \
           const client = createClient({{ socket: {{ path: {:?} }} }})\n  \
           client.on('error', (error) => console.warn('Redis:', error.message))\n  \
           await client.connect()\n  \
           return {{ handlers: [createRedisHandler({{ client, keyPrefix: `${{buildId}}:` }})] }}\n}})\n\
         export default CacheHandler\n",
        redis.socket()
    ));
    build(&app);
    let (one, other) = (start_with(&app, &["--workers", "2"]), start_with(&app, &[]));
    let made = got(&one, "/s/a");
    assert_eq!(made.0, "MISS");
    assert_eq!(got(&other, "/s/a"), ("HIT".to_owned(), made.1.clone()));
    let value = one.get("/u").text();
    assert_eq!(other.get("/u").text(), value);
    assert_eq!(other.get("/drop").text(), "dropped");
    assert_ne!(one.get("/u").text(), value);
    drop((one, other));
    let restarted = start_with(&app, &[]);
    assert_eq!(got(&restarted, "/s/a").1, made.1, "it is in Redis, and made again behind it");
    // Without Redis everything is made for each request.
    drop(redis);
    for _ in 0..2 {
        let reply = restarted.get("/s/b");
        assert_eq!((reply.status, reply.header("x-nextjs-cache")), (200, Some("MISS")));
    }
}
