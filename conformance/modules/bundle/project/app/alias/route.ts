import one from '@/lib/deep';
import { first } from '@/lib/star.js';

export const GET = (): Response => Response.json({ one, first });
