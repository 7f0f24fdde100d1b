//! Thousands of requests for one entry that has to be made: one call of the handler, one answer for all.

use routewerk_test::{RawHttp, Reply, TestApp};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::start;

/// As many clients wait at once, where the system lets a process have so many sockets.
const CLIENTS: usize = 10_000;

/// Takes a while and tells how often it was called.
const SLOW: &str = "import { calls } from '../../../lib/calls'\nexport const revalidate = 3600\n\
    export const generateStaticParams = () => []\n\
    export async function GET(_: Request, { params }: { params: Promise<{ id: string }> }) {\n  \
      const { id } = await params\n  const call = (calls[id] = (calls[id] ?? 0) + 1)\n  \
      await new Promise(resolve => setTimeout(resolve, 1500))\n  \
      if (id === 'fails') throw new Error(`call ${call}`)\n  \
      return new Response(`call ${call} of ${id}`)\n}\n";

/// The calls so far; a POST expires the entry.
const CALLS: &str = "import { revalidatePath, revalidateTag } from 'next/cache'\nimport { calls } from '../../lib/calls'\n\
    export const GET = () => Response.json(calls)\n\
    export async function POST(request: Request) {\n  const { path, tag } = await request.json()\n  \
      path ? revalidatePath(path) : revalidateTag(tag, 'max')\n  return new Response('dropped')\n}\n";

fn app() -> TestApp {
    TestApp::new()
        .with("lib/calls.ts", "export const calls: Record<string, number> = ((globalThis as any).calls ??= {})\n")
        .with("app/slow/[id]/route.ts", SLOW)
        .with("app/calls/route.ts", CALLS)
}

/// How many clients this process may have: it asks the system for as many as it gives, and leaves some files for the rest.
fn clients() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("a limit up to the hard one is free");
    CLIENTS.min(maximum.map_or(CLIENTS, |files| files.saturating_sub(500) as usize))
}

/// All ask before anybody reads.
fn ask_all(connections: &mut [RawHttp], path: &str) -> Vec<Reply> {
    for connection in &mut *connections {
        connection.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n"));
    }
    connections.iter_mut().map(|connection| connection.reply("GET")).collect()
}

/// The one body that all replies have, each with a status of its own.
fn one_body(replies: &[Reply], status: u16) -> String {
    let first = replies[0].text();
    for reply in replies {
        assert_eq!((reply.status, reply.text()), (status, first.clone()));
    }
    first
}

#[test]
fn ten_thousand_clients_of_a_cold_or_expired_entry_cause_one_call() {
    let app = app();
    let server = start(&app);
    let mut connections: Vec<_> = (0..clients()).map(|_| server.connect()).collect();
    let calls = |id: &str| server.get("/calls").json()[id].as_u64();
    let drop_entry = |what: &str| {
        assert_eq!(server.connect().request("POST", "/calls", &[], what.as_bytes()).text(), "dropped");
    };

    assert_eq!(one_body(&ask_all(&mut connections, "/slow/a"), 200), "call 1 of a");
    assert_eq!(calls("a"), Some(1));

    drop_entry(r#"{"path":"/slow/a"}"#);
    assert_eq!(one_body(&ask_all(&mut connections, "/slow/a"), 200), "call 2 of a");
    assert_eq!(calls("a"), Some(2));

    // A stale one is given to all while it is made anew, once.
    drop_entry(r#"{"tag":"_N_T_/slow/a"}"#);
    assert_eq!(one_body(&ask_all(&mut connections, "/slow/a"), 200), "call 2 of a");
    server.get_until("/slow/a", |reply| reply.text() == "call 3 of a");
    assert_eq!(calls("a"), Some(3));

    // A failure is told to all who wait, once; it is not stored.
    one_body(&ask_all(&mut connections, "/slow/fails"), 500);
    assert_eq!(calls("fails"), Some(1));
}
