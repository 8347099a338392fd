package mechanical
import ("testing";"context";"os";"time")
func TestTry(t *testing.T){
 l:=&Lab{Root:"/work/main",Dir:"/tmp/h/lab",Command:"./cmd/simrun",Profile:"default",Stages:[]uint64{30,200,1000},Memory:4<<30,Environ:os.Environ()}
 s:=time.Now()
 sites,err:=l.Build(context.Background(),Core())
 t.Log(len(sites),err,time.Since(s))
 ops:=map[Operator]int{}
 for _,x:=range sites{ops[x.Operator]++}
 t.Log(ops)
 if err!=nil{t.FailNow()}
 t.Log(l.Prove(context.Background(),20),time.Since(s))
 n,err:=l.Control(context.Background())
 t.Log(n,err,l.allowed,time.Since(s))
}
