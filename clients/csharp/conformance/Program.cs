using AllocationBroker.Conformance;

// Without arguments, a driver for the conformance kit; with some, many players at once.
#if UNITY_5_3_OR_NEWER
var status = 0;
UnityEngine.MainThread.Run(async () => status = args.Length == 0 ? await Driver.RunAsync() : await Players.RunAsync(args));
return status;
#else
return args.Length == 0 ? await Driver.RunAsync() : await Players.RunAsync(args);
#endif
