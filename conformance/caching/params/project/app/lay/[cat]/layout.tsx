export const generateStaticParams = () => [{ cat: 'a' }, { cat: 'b' }];
export default function Layout({ children }: { children: unknown }): unknown {
  return children;
}
