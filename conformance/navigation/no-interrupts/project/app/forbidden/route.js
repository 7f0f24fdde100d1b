import { forbidden } from 'next/navigation';

export const GET = () => forbidden();
