import { unauthorized } from 'next/navigation';

export const GET = () => unauthorized();
