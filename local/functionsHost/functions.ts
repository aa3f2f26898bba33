import type { Core, RegisteredFunction } from './core.ts';
import type { AuthLevel } from './keys.ts';
import type { Binding } from './rpc.ts';
import { joinPath, type Route } from './router.ts';

/** A registered function, with what the host needs of its trigger. */
export interface HostedFunction extends RegisteredFunction {
  readonly name: string;
  readonly trigger: Binding;
  /** Switched off by the setting `AzureWebJobs.<name>.Disabled`; the admin API can still run it. */
  readonly disabled: boolean;
}

export function hostedFunctions(core: Core): HostedFunction[] {
  return [...core.functions.values()].flatMap((fn) => {
    const { name, bindings } = fn.metadata;
    const trigger = Object.values(bindings).find(({ type }) => type.toLowerCase().endsWith('trigger'));
    const disabled = /^(true|1)$/i.test(process.env[`AzureWebJobs.${name}.Disabled`] ?? '');
    return trigger ? [{ ...fn, name, trigger, disabled }] : [];
  });
}

export const isHttp = ({ trigger }: HostedFunction): boolean => trigger.type === 'httpTrigger';
export const isTimer = ({ trigger }: HostedFunction): boolean => trigger.type === 'timerTrigger';

/** The route of an HTTP function; without a template it is the function's name. */
export function routeOf(fn: HostedFunction): Route<HostedFunction> {
  const methods = (fn.trigger.methods ?? ['GET', 'POST']).map((method) => method.toUpperCase());
  return { methods, path: fn.trigger.route ?? fn.name, target: fn };
}

export function authLevelOf({ trigger }: HostedFunction): AuthLevel {
  const level = trigger.authLevel?.toLowerCase();
  return level === 'anonymous' || level === 'admin' ? level : 'function';
}

/** A function's line of the start banner: how it is called. */
export function describeFunction(fn: HostedFunction, url: string, routePrefix: string): string {
  const off = fn.disabled ? ' (disabled)' : '';
  if (isHttp(fn)) {
    const { methods, path } = routeOf(fn);
    return `  ${fn.name}: [${methods.join(',')}] ${url}/${joinPath(routePrefix, path)}${off}`;
  }
  return `  ${fn.name}: ${fn.trigger.type}${off}, run it with POST ${url}/admin/functions/${fn.name}`;
}
