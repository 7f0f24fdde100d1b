import Database from "libsql";

// In development modules are loaded anew when they are saved; the connection stays.
const globalForDb = globalThis as unknown as { db?: Database.Database };

function open(): Database.Database {
  const db = new Database(process.env.DATABASE_FILE ?? "todos.db");
  db.pragma("journal_mode = WAL");
  db.exec(`
    CREATE TABLE IF NOT EXISTS todos (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      title TEXT NOT NULL,
      done INTEGER NOT NULL DEFAULT 0,
      due TEXT,
      created_at TEXT NOT NULL DEFAULT (datetime('now'))
    )
  `);
  return db;
}

export function getDb(): Database.Database {
  globalForDb.db ??= open();
  return globalForDb.db;
}
