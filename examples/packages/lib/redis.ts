import { Redis } from "ioredis";

// In development modules are loaded anew when they are saved; the connection stays.
const globalForRedis = globalThis as unknown as { redis?: Redis };

export function getRedis(): Redis {
  globalForRedis.redis ??= new Redis(process.env.REDIS_URL ?? "redis://localhost:6379", { lazyConnect: true });
  return globalForRedis.redis;
}
