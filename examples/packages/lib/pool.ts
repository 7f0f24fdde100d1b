import { Pool } from "pg";

// In development modules are loaded anew when they are saved; the pool stays.
const globalForPool = globalThis as unknown as { pool?: Pool };

export function getPool(): Pool {
  globalForPool.pool ??= new Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
  return globalForPool.pool;
}
