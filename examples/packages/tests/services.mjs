// What the handlers speak to: a stand-in for the OpenAI API, a real Redis, a real PostgreSQL and a folder for SQLite,
// all on ports and in folders of their own. Listens on PORT (the OpenAI stand-in) and prints the environment that leads
// there, one `NAME=value` per line, at last `ready`. Ends what it started, and removes its folders, on SIGTERM or SIGINT.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createListener } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { answer } from "./openai.mjs";

const folders = [];
const running = [];

async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), "packages-example-"));
  folders.push(folder);
  return folder;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const listener = createListener().once("error", reject);
    listener.listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}

// Starts a server and waits until it accepts connections. `stopSignal` is the one that ends it at once and in order.
async function start(program, args, port, stopSignal, options = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], ...options });
  const ended = new Promise((resolve) => {
    child.once("error", resolve).once("exit", (code, signal) => resolve(new Error(`ended: ${code ?? signal}`)));
  });
  running.push({ child, ended, stopSignal });
  const limit = Date.now() + 30_000;
  while (true) {
    const failure = await Promise.race([ended, tryConnect(port)]);
    if (failure === undefined) {
      return;
    }
    if (failure.code !== "ECONNREFUSED" || Date.now() > limit) {
      throw new Error(`cannot start ${program}`, { cause: failure });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function tryConnect(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(undefined);
    }).once("error", resolve);
  });
}

async function redis() {
  const port = await freePort();
  const args = ["--port", port, "--bind", "127.0.0.1", "--dir", await newFolder(), "--save", "", "--appendonly", "no"];
  await start("redis-server", args.map(String), port, "SIGTERM");
  return `redis://127.0.0.1:${port}`;
}

// Debian keeps PostgreSQL's programs out of PATH, one folder per version.
async function postgresPrograms() {
  const versions = "/usr/lib/postgresql";
  if (!existsSync(versions)) {
    return "";
  }
  const found = (await readdir(versions)).sort((one, other) => Number(one) - Number(other)).pop();
  return found === undefined ? "" : join(versions, found, "bin/");
}

async function postgres() {
  const programs = await postgresPrograms();
  const data = await newFolder();
  const user = {};
  if (process.getuid() === 0) {
    // PostgreSQL refuses to run as root; its Debian package brings a user.
    const id = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
    Object.assign(user, { uid: id("-u"), gid: id("-g"), cwd: data });
    await chown(data, user.uid, user.gid);
  }
  const options = ["--auth=trust", "--username=test", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", data];
  execFileSync(`${programs}initdb`, options, { stdio: ["ignore", "ignore", "inherit"], ...user });
  const port = await freePort();
  const args = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"];
  await start(`${programs}postgres`, args, port, "SIGINT", user);
  return `postgres://test@127.0.0.1:${port}/postgres`;
}

const port = Number(process.env.PORT);
let ending;
function end(code) {
  ending ??= (async () => {
    for (const { child, ended, stopSignal } of running) {
      child.kill(stopSignal);
      await ended;
    }
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    process.exit(code);
  })();
}
process.on("SIGTERM", () => end(0)).on("SIGINT", () => end(0));

try {
  console.log(`OPENAI_BASE_URL=http://127.0.0.1:${port}/v1`);
  console.log("OPENAI_API_KEY=sk-local");
  console.log(`SQLITE_URL=file:${join(await newFolder(), "test.db")}`);
  console.log(`REDIS_URL=${await redis()}`);
  console.log(`DATABASE_URL=${await postgres()}`);
  createServer(answer).listen(port, "127.0.0.1", () => console.log("ready"));
} catch (error) {
  console.error(error);
  end(1);
}
