export const GET = 5;
